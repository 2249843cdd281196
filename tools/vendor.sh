#!/bin/sh
# Fetch the few front-end files that we serve from our own origin, pinned, with their licences.
# Run it (`make vendor`) only to move to a newer version: the files are committed, a person who runs the site
# needs neither node nor npm.
set -eu

TOKENS=1.1.9 # Digital Agency design tokens, MIT
HTMX=2.0.11 # htmx, 0BSD
AXE=4.14.1 # axe-core, MPL-2.0: tests only, never served
FONT=0.4.2 # BIZ UDPGothic, OFL-1.1: for printed sheets, never served
REST=0.4.3 # Noto Sans JP, OFL-1.1: the rare characters that it lacks

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# unpack NAME VERSION FOLDER
unpack() {
    (cd "$work" && npm pack --silent "$1@$2" >/dev/null && mkdir "$3" && tar xzf ./*.tgz -C "$3" && rm ./*.tgz)
}

unpack @digital-go-jp/design-tokens "$TOKENS" tokens
unpack htmx.org "$HTMX" htmx
unpack axe-core "$AXE" axe
unpack @expo-google-fonts/biz-udpgothic "$FONT" font
unpack @expo-google-fonts/noto-sans-jp "$REST" rest

vendor="$root/static/vendor"
mkdir -p "$vendor/design-tokens" "$vendor/htmx" "$root/tests/browser/vendor/axe-core"

cp "$work/tokens/package/dist/tokens.css" "$work/tokens/package/LICENSE" "$vendor/design-tokens/"
cp "$work/htmx/package/dist/htmx.min.js" "$work/htmx/package/LICENSE" "$vendor/htmx/"
cp "$work/axe/package/axe.min.js" "$work/axe/package/LICENSE" "$work/axe/package/LICENSE-3RD-PARTY.txt" \
    "$root/tests/browser/vendor/axe-core/"

font="$root/data/fonts/biz-udpgothic"
mkdir -p "$font"
cp "$work/font/package/400Regular/BIZUDPGothic_400Regular.ttf" "$font/Regular.ttf"
cp "$work/font/package/700Bold/BIZUDPGothic_700Bold.ttf" "$font/Bold.ttf"
cp "$work/font/package/LICENSE_FONT" "$font/OFL.txt"

rest="$root/data/fonts/noto-sans-jp-rest"
mkdir -p "$rest"
cp "$work/rest/package/LICENSE_FONT" "$rest/OFL.txt"
uv run --no-project "$root/tools/subset_font.py" "$font/Regular.ttf" \
    "$work/rest/package/400Regular/NotoSansJP_400Regular.ttf" "$rest/Rest.ttf"

cat >"$vendor/README.md" <<END
# Vendored front-end files

Made by \`make vendor\` (tools/vendor.sh); do not edit them here.

| folder | npm package | version | licence | used for |
|---|---|---|---|---|
| design-tokens | @digital-go-jp/design-tokens | $TOKENS | MIT | the colours, sizes and radii that static/css builds on |
| htmx | htmx.org | $HTMX | 0BSD | desk pages only; no public page loads it |
END
echo "axe-core $AXE, MPL-2.0, unchanged. Tests only; the site does not serve it." \
    >"$root/tests/browser/vendor/axe-core/VERSION"
echo "BIZ UDPGothic from @expo-google-fonts/biz-udpgothic $FONT, OFL-1.1, unchanged. For sheets in PDF; not served." \
    >"$font/VERSION"
echo "Noto Sans JP from @expo-google-fonts/noto-sans-jp $REST, OFL-1.1, cut to what BIZ UDPGothic lacks by tools/subset_font.py." \
    >"$rest/VERSION"
