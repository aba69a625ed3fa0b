"""Small honest package databases."""

# Debian: one package that was removed, one whose installation has not ended.
STATUS = """\
Package: bash
Essential: yes
Status: install ok installed
Priority: required
Architecture: amd64
Version: 5.2.15-2+b7
Source: bash (5.2.15-2)
Description: GNU Bourne Again SHell
 Version: 9.9 is not a field, being indented
 .
 Bash is an sh-compatible command language interpreter.

Package: libc6
Status: install ok unpacked
Architecture: amd64
Source: glibc
Version: 2.36-9

Package: telnet
Status: deinstall ok config-files
Version: 0.17-44
Architecture: amd64

"""

# Alpine.
INSTALLED = """\
C:Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=
P:libcrypto3
V:3.1.4-r5
A:x86_64
S:1760000
T:Crypto library from openssl
L:Apache-2.0
o:openssl
m:Somebody <somebody@example.org>
F:lib
R:libcrypto.so.3
a:0:0:755
Z:Q1abcdefghijklmnopqrstuvwxyz=
V:looks like a field, and stands among the files

C:Q1nothing
P:musl
V:1.2.4-r2
A:x86_64
L:MIT

"""
