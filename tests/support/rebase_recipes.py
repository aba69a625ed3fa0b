"""Dockerfiles that are built on two bases: those that can be rebased, and those that must be refused."""

import subprocess
import tempfile
from pathlib import Path

from tests.support.rebase_lab import Recipe, packed


def deb(name: str, version: str, *, depends: str = "", files: dict[str, str] | None = None) -> bytes:
    """A Debian package, made by dpkg-deb."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "root")
        (root / "DEBIAN").mkdir(parents=True)
        for path, content in (files or {f"usr/share/{name}/data": f"{name} {version}\n"}).items():
            place = root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content)
        for each in [root, *root.rglob("*")]:
            each.chmod(0o755 if each.is_dir() else 0o644)
        relation = f"Depends: {depends}\n" if depends else ""
        (root / "DEBIAN" / "control").write_text(
            f"Package: {name}\nVersion: {version}\nArchitecture: all\n"
            "Maintainer: nobody <nobody@example.org>\n"
            f"{relation}Description: made for a test\n"
        )
        sums = subprocess.run(
            "find . -type f -not -path './DEBIAN/*' -printf '%P\\0' | xargs -0 md5sum > DEBIAN/md5sums",
            shell=True, cwd=root, check=True,
        )  # fmt: skip
        assert sums.returncode == 0
        target = Path(folder, "it.deb")
        subprocess.run(
            ["dpkg-deb", "--build", "--root-owner-group", "-Zgzip", str(root), str(target)], check=True
        )
        return target.read_bytes()


def anywhere() -> tuple[Recipe, ...]:
    """Those that need a shell, the core utilities and dpkg in the base, and no network."""
    one, two = deb("one", "1.0"), deb("two", "2.0", depends="one (>= 1.0), libc6 (>= 2.3)")
    needy = deb("needy", "1.0", depends="libc6 (>= 2.3)")
    return (
        Recipe("copies-a-file", "COPY app.py /srv/app.py", {"app.py": "print('hello')\n"}),
        Recipe("copies-into-a-directory-of-the-base", "COPY x.conf /etc/x.conf", {"x.conf": "a=1\n"}),
        Recipe("adds-an-archive", "ADD it.tar /opt/", {"it.tar": packed({"a/b": "b", "a/c": "c"})}),
        Recipe("writes-by-run", "RUN mkdir -p /var/lib/app && echo state > /var/lib/app/state"),
        Recipe("several-layers", "RUN echo 1 > /one\nRUN echo 2 > /two\nRUN rm /one\nRUN echo 3 > /two"),
        Recipe("makes-a-directory-with-rights", "RUN mkdir -m 0700 /secret && chown 1000:1000 /secret"),
        Recipe("makes-links", "RUN ln -s /bin/sh /usr/local/bin/shell && ln -s nowhere /dangling"),
        Recipe("makes-hard-links", "RUN echo a > /srv/a && ln /srv/a /srv/b"),
        Recipe("sets-permissions", "RUN echo a > /srv/a && chmod 4755 /srv/a && chmod 1777 /srv"),
        Recipe("adds-a-user", "RUN useradd --system --uid 991 --no-create-home app\nUSER app"),
        Recipe("adds-a-group-and-a-home", "RUN groupadd -g 992 crew && useradd -m -u 992 -g crew sailor"),
        Recipe(
            "appends-to-what-nobody-changes", "RUN echo 10.0.0.1 db >> /etc/app-hosts && echo x >> /etc/issue"
        ),
        Recipe("deletes-documentation", "RUN rm -rf /usr/share/doc /usr/share/man"),
        Recipe("deletes-one-file", "RUN rm -f /etc/motd /etc/issue.net"),
        Recipe(
            "deletes-and-makes-again",
            "RUN rm -rf /usr/share/doc && mkdir /usr/share/doc && echo x > /usr/share/doc/x",
        ),
        Recipe("replaces-a-directory-by-a-file", "RUN rm -rf /srv && echo file > /srv"),
        Recipe("replaces-a-file-by-a-directory", "RUN rm -f /etc/issue.net && mkdir /etc/issue.net"),
        Recipe("only-configures", 'ENV A=1 PATH=/app/bin:$PATH\nEXPOSE 80\nLABEL x=y\nCMD ["/bin/true"]'),
        Recipe("changes-the-work-directory", "WORKDIR /srv/app\nRUN echo a > file"),
        Recipe("takes-a-volume", "VOLUME /data\nRUN echo a > /a"),
        Recipe(
            "installs-a-package",
            "COPY one.deb /tmp/\nRUN dpkg -i /tmp/one.deb && rm /tmp/one.deb",
            {"one.deb": one},
        ),
        Recipe(
            "installs-two-that-depend",
            "COPY one.deb two.deb /tmp/\nRUN dpkg -i /tmp/one.deb /tmp/two.deb && rm /tmp/*.deb",
            {"one.deb": one, "two.deb": two},
        ),
        Recipe(
            "installs-and-removes-again",
            "COPY *.deb /t/\nRUN dpkg -i /t/one.deb /t/needy.deb\nRUN dpkg --purge one && rm -r /t",
            {"one.deb": one, "needy.deb": needy},
        ),
        Recipe("writes-unicode-names", "RUN echo a > '/srv/naïve ✓ name' && echo b > '/srv/two words'"),
        Recipe("empties-a-cache", "RUN rm -rf /var/cache/* /tmp/* /var/tmp/* /var/lib/apt/lists/*"),
        Recipe(
            "makes-many-files", "RUN mkdir /srv/n && cd /srv/n && for i in $(seq 500); do echo $i > $i; done"
        ),
        Recipe(
            "adds-certificates",
            "RUN cd /usr/local/share && mkdir -p ca-certificates && echo x > ca-certificates/x.crt",
        ),
        Recipe("makes-a-fifo", "RUN mkfifo /srv/pipe"),
        Recipe("moves-its-own-file", "RUN echo a > /srv/a\nRUN mv /srv/a /srv/b"),
        Recipe("runs-as-a-number", "USER 10001:10001\nCOPY app.py /srv/", {"app.py": "1\n"}),
        Recipe("copies-over-a-file-that-the-base-changes", "COPY motd /etc/changing", {"motd": "mine\n"}),
        Recipe(
            "cancels-the-entry-point", 'ENTRYPOINT []\nCMD ["/bin/sh"]\nCOPY app.py /srv/', {"app.py": "1\n"}
        ),
        # To be refused.
        Recipe(
            "edits-what-the-base-changes", "RUN echo mine >> /etc/changing", rebases=False, because="2.files"
        ),
        Recipe(
            "touches-rights-of-what-the-base-changes",
            "RUN chmod 600 /etc/changing",
            rebases=False,
            because="2.files",
        ),
        Recipe("links-to-what-goes-away", "RUN ln -s /etc/going /srv/link", rebases=False, because="2.links"),
        Recipe(
            "writes-below-what-becomes-a-link",
            "RUN echo a > /opt/moving/a",
            rebases=False,
            because="2.directories",
        ),
        Recipe(
            "empties-a-directory-that-fills-up",
            "RUN rm -rf /opt/filling/*",
            rebases=False,
            because="2.whiteouts",
        ),
        Recipe(
            "runs-a-script-by-what-goes-away",
            "RUN printf '#!/opt/interpreter-1\\n' > /srv/run && chmod 755 /srv/run",
            rebases=False,
            because="4.interpreters",
        ),
    )
