"""A small honest file of each format that names packages: cataloger, path, content."""

import json

import zstandard

from tests.support.bun_lock_files import FOLDER, NPM, bun_lock
from tests.support.windows_programs import windows_program

POM = b"""<?xml version="1.0"?><project><properties><v>2.0.17</v></properties><dependencies><dependency>
<groupId>org.apache.pdfbox</groupId><artifactId>pdfbox</artifactId><version>${v}</version></dependency>
</dependencies></project>"""

_CHISEL = b"""{"jsonwall":"1.0","schema":"1.0","count":2}
{"kind":"package","name":"libc6","version":"2.39-0ubuntu8.4","sha256":"00","arch":"amd64"}
"""


def _json(document: object) -> bytes:
    return json.dumps(document, indent=1).encode()


PACKAGE_FILES: dict[str, tuple[str, bytes]] = {
    "bitnami": (
        "opt/bitnami/redis/.spdx-redis.spdx",
        _json(
            {
                "packages": [
                    {
                        "name": "redis",
                        "licenseDeclared": "BSD-3-Clause",
                        "externalRefs": [
                            {
                                "referenceType": "purl",
                                "referenceLocator": "pkg:bitnami/redis@7.2.4-1?arch=amd64",
                            }
                        ],
                    }
                ]
            }
        ),
    ),
    "bun-lock": (
        "app/bun.lock",
        b'{"lockfileVersion": 1, // no JSON\n "packages": {"wrappy": ["wrappy@1.0.2", "", {}, "sha512-x"],}}',
    ),
    "cargo-lock": (
        "app/Cargo.lock",
        b'version = 3\n\n[[package]]\nname = "serde"\nversion = "1.0.190"\nsource = "registry+x"\n',
    ),
    "chisel": ("var/lib/chisel/manifest.wall", zstandard.ZstdCompressor().compress(_CHISEL)),
    "composer": (
        "srv/vendor/composer/installed.json",
        _json({"packages": [{"name": "monolog/monolog", "version": "v3.5.0", "license": ["MIT"]}]}),
    ),
    "composer-lock": (
        "srv/composer.lock",
        _json({"packages": [{"name": "monolog/monolog", "version": "3.5.0"}], "packages-dev": []}),
    ),
    "conan-lock": (
        "src/conan.lock",
        _json({"version": "0.5", "requires": ["zlib/1.2.13#13c9%1667396813.7"]}),
    ),
    "conda": (
        "opt/conda/conda-meta/numpy-1.26.0-py311_0.json",
        _json({"name": "numpy", "version": "1.26.0", "license": "BSD-3-Clause"}),
    ),
    "cos": (
        "etc/cos-package-info.json",
        _json({"installedPackages": [{"category": "sys-libs", "name": "zlib", "version": "1.2.13"}]}),
    ),
    "cpan": (
        "usr/local/lib/perl5/.meta/Mojolicious-9.34/MYMETA.json",
        _json({"name": "Mojolicious", "version": "9.34", "license": ["artistic_2"]}),
    ),
    "deno-lock": (
        "app/deno.lock",
        _json({"version": "4", "npm": {"chalk@5.3.0": {"integrity": "sha512-x"}}}),
    ),
    "dotnet-deps": (
        "app/shop.deps.json",
        _json({"libraries": {"Serilog/2.10.0": {"type": "package"}}, "targets": {}}),
    ),
    "erlang-app": (
        "opt/shop/lib/cowboy-2.10.0/ebin/cowboy.app",
        b'{application, \'cowboy\', [\n  {description, "HTTP server"},\n  {vsn, "2.10.0"}\n]}.\n',
    ),
    "flatpak": (
        "var/lib/flatpak/app/org.gimp.GIMP/current/active/files/share/metainfo/org.gimp.GIMP.xml",
        (
            b"<?xml version='1.0'?><component><id>org.gimp.GIMP</id>"
            b"<project_license>GPL-3.0+</project_license>"
            b"<releases><release version='2.10.38'/><release version='2.10.36'/></releases></component>"
        ),
    ),
    "gemfile-lock": (
        "app/Gemfile.lock",
        (
            b"GEM\n  remote: x\n  specs:\n    rack (2.2.3)\n    nokogiri (1.15.4-x86_64-linux)\n"
            b"      racc (~> 1.4)\n\nDEPENDENCIES\n  rack\n"
        ),
    ),
    "gemspec": (
        "usr/lib/ruby/gems/3.2.0/specifications/rack-2.2.3.gemspec",
        (
            b'Gem::Specification.new do |s|\n  s.name = "rack".freeze\n  s.version = "2.2.3"\n'
            b'  s.licenses = ["MIT".freeze]\nend\n'
        ),
    ),
    "go-modules": (
        "src/go.mod",
        b"module example.org/shop\n\ngo 1.21\n\nrequire (\n\tgithub.com/pkg/errors v0.9.1\n)\n",
    ),
    "gradle-lock": (
        "src/gradle.lockfile",
        b"# comment\norg.slf4j:slf4j-api:2.0.9=compileClasspath\nempty=\n",
    ),
    "haskell": (
        "opt/ghc/lib/package.conf.d/aeson-2.1.2.1-x.conf",
        b"name:                 aeson\nversion:              2.1.2.1\nlicense:              BSD-3-Clause\n",
    ),
    "haskell-lock": (
        "src/cabal.project.freeze",
        b"constraints: any.aeson ==2.1.2.1,\n             aeson -x\n",
    ),
    "helm": ("charts/shop/Chart.yaml", b"apiVersion: v2\nname: shop\nversion: 1.2.3\n"),
    "hex-lock": (
        "app/mix.lock",
        b'%{\n  "plug": {:hex, :plug, "1.15.1", "b", [:mix], [], "hexpm", "c"},\n}\n',
    ),
    "homebrew": ("opt/homebrew/Cellar/jq/1.7.1/INSTALL_RECEIPT.json", b'{"homebrew_version": "4.2.0"}'),
    "julia": (
        "app/Manifest.toml",
        (
            b'manifest_format = "2.0"\n\n[[deps.JSON]]\nuuid = "682c06a0-de6a-54ab-a142-c8b1cf79cde6"\n'
            b'version = "0.21.4"\n'
        ),
    ),
    "lua": (
        "usr/local/lib/luarocks/rocks-5.1/lpeg/1.1.0-1/lpeg-1.1.0-1.rockspec",
        b'package = "lpeg"\nversion = "1.1.0-1"\ndescription = {\n   license = "MIT/X11"\n}\n',
    ),
    "npm-lock": (
        "app/package-lock.json",
        _json({"lockfileVersion": 3, "packages": {"": {}, "node_modules/wrappy": {"version": "1.0.2"}}}),
    ),
    "nuget-lock": (
        "src/packages.lock.json",
        _json({"version": 1, "dependencies": {"net6.0": {"Serilog": {"resolved": "2.10.0"}}}}),
    ),
    "opkg": (
        "usr/lib/opkg/status",
        b"Package: ubus\nVersion: 2024.10.20-r1\nStatus: install user installed\nArchitecture: x86_64\n\n",
    ),
    "dotnet-assembly": (
        "app/Newtonsoft.Json.dll",
        windows_program({"OriginalFilename": "Newtonsoft.Json.dll", "ProductVersion": "13.0.3+0a2e291c"}),
    ),
    "bun-lockb": (
        "srv/app/bun.lockb",
        bun_lock(
            [
                ("app", (1, 0, 0), ""),
                ("@babel/code-frame", (7, 29, 7), ""),
                ("typescript", (5, 4, 0), "beta"),
            ],
            [[1, 2], [2], []],
            kinds=[FOLDER, NPM, NPM],
        ),
    ),
    "python-record": (
        "usr/lib/python3.12/site-packages/flask-3.0.0.dist-info/RECORD",
        (
            b"flask/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\r\n"
            b'"flask/a, b.py",sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\r\n'
            b"../../../bin/flask,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\r\n"
            b"flask-3.0.0.dist-info/RECORD,,\r\n"
        ),
    ),
    "pacman": (
        "var/lib/pacman/local/gawk-5.3.1-1/desc",
        b"%NAME%\ngawk\n\n%VERSION%\n5.3.1-1\n\n%ARCH%\nx86_64\n\n%LICENSE%\nGPL-3.0-or-later\n\n",
    ),
    "pnpm-lock": (
        "app/pnpm-lock.yaml",
        b"lockfileVersion: '9.0'\n\npackages:\n\n  acorn@8.11.3:\n    resolution: {integrity: sha512-x}\n",
    ),
    "pom": ("src/pom.xml", POM),
    "portage": ("var/db/pkg/dev-lang/perl-5.38.2-r3/PF", b"perl-5.38.2-r3\n"),
    "pub-lock": (
        "app/pubspec.lock",
        b'packages:\n  http:\n    source: hosted\n    version: "1.1.0"\nsdks: {}\n',
    ),
    "python-lock": ("app/poetry.lock", b'[[package]]\nname = "Jinja2"\nversion = "3.1.2"\n\n[metadata]\n'),
    "python-requirements": ("app/requirements.txt", b"flask==3.0.0\nrequests>=2\n"),
    "r": (
        "usr/lib/R/site-library/mime/DESCRIPTION",
        b"Package: mime\nVersion: 0.12.1\nLicense: GPL\nBuilt: R 4.3.1; ; 2023-08-01 10:00:00 UTC; unix\n",
    ),
    "renv-lock": ("app/renv.lock", _json({"Packages": {"mime": {"Package": "mime", "Version": "0.12.1"}}})),
    "snap": ("snap/core/17200/meta/snap.yaml", b"name: core\nversion: 16-2.61.4\nsummary: a runtime\n"),
    "spack": (
        "opt/spack/zlib-1.3/.spack/spec.json",
        _json({"spec": {"nodes": [{"name": "zlib", "version": "1.3"}]}}),
    ),
    "swift-lock": (
        "src/Package.resolved",
        _json(
            {
                "pins": [
                    {"location": "https://github.com/apple/swift-nio.git", "state": {"version": "2.62.0"}}
                ],
                "version": 2,
            }
        ),
    ),
    "terraform-lock": (
        "src/.terraform.lock.hcl",
        b'provider "registry.terraform.io/hashicorp/aws" {\n  version     = "5.31.0"\n  hashes = []\n}\n',
    ),
    "vcpkg": (
        "opt/vcpkg/installed/vcpkg/status",
        b"Package: zlib\nVersion: 1.3.0\nPort-Version: 1\nStatus: install ok installed\n",
    ),
    "wordpress": (
        "var/www/html/wp-content/plugins/akismet/akismet.php",
        b"<?php\n/**\n * Plugin Name: Akismet\n * Version: 5.3\n * License: GPLv2 or later\n */\n",
    ),
    "yarn-lock": (
        "app/yarn.lock",
        b'# yarn lockfile v1\n\n\nwrappy@1:\n  version "1.0.2"\n  resolved "https://example.org/wrappy.tgz"\n',
    ),
}
