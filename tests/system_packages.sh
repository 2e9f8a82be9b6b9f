#!/bin/sh
# Installs what the tests need from the system: Chromium, and PostgreSQL for DB=postgresql. By apt when root, else says what to do.
set -eu
missing=""
[ -x /usr/bin/chromium ] || missing="chromium fonts-dejavu-core"
if [ "${1:-sqlite}" = postgresql ] && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
    missing="$missing postgresql"
fi
[ -z "$missing" ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "The tests need: $missing. Install them (sudo apt-get install $missing) and run make test again." >&2
    exit 1
fi
echo "Installing $missing ..."
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 -- a list of package names
apt-get install -y -qq --no-install-recommends $missing >/dev/null
