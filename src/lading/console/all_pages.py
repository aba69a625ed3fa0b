"""Every page, by its path. A page is its module, its template and its line here."""

from lading.console.page_endpoint import PASSWORD_PATH, PageRoute
from lading.console.pages import password

ALL_PAGES: tuple[PageRoute, ...] = (PageRoute(PASSWORD_PATH, get=password.show, post=password.change),)
