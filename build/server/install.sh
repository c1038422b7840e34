#!/bin/sh
# Installs, updates and removes the mtxdeck server on Debian and its like. As root, from the unpacked folder:
#   ./install.sh           installs, or updates what is there: a backup is made first, settings and data stay
#   ./install.sh --back    goes back to the version before the last update, with the data of then
#   ./install.sh --remove  stops and removes the program; settings and data stay
set -eu

opt=/opt/mtxdeck
etc=/etc/mtxdeck
data=/var/lib/mtxdeck
backups=/var/backups/mtxdeck
cache=/var/cache/mtxdeck
unit=/etc/systemd/system/mtxdeck.service
command=/usr/local/bin/mtxdeck

fail() { echo "install.sh: $*" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || fail 'this needs root: run it with sudo.'
here=$(cd "$(dirname "$0")" && pwd)

# Containers and chroots have the unit, and nothing that starts it.
runs_systemd() { [ -d /run/systemd/system ]; }
systemd() { if runs_systemd; then systemctl "$@"; fi; }
version_at() { sed -n 's/^ *"version": "\(.*\)",*$/\1/p' "$1/package.json" | head -n 1; }
as_mtxdeck() { setpriv --reuid=mtxdeck --regid=mtxdeck --init-groups --reset-env "$@"; }
# 1: the backup was made, without a part that is damaged, which it has named.
back_up() { as_mtxdeck "$command" backup "$1" --data-dir "$data" --with-key || [ $? -eq 1 ]; }

link() { ln -sfn "$1" "$2.new" && mv -T "$2.new" "$2"; }
begin() {
  systemd daemon-reload
  systemd enable --quiet mtxdeck
  systemd restart mtxdeck
}

install_version() {
  version=$(version_at "$here/app")
  [ -n "$version" ] || fail "this folder has no program: unpack the whole archive."
  target="$opt/$version"
  before=
  [ ! -e "$opt/current" ] || before=$(readlink "$opt/current")
  if [ "$before" = "$target" ]; then
    echo "mtxdeck $version is installed already."
    exit 0
  fi
  # What may fill the disk comes before the console is stopped.
  trap 'rm -rf "$target.part"' EXIT
  install -d -m 755 "$opt" "$etc"
  rm -rf "$target.part"
  cp -a "$here/app" "$target.part"
  chown -R root:root "$target.part"
  if [ -n "$before" ]; then
    # Whatever ends this script early: the console goes on.
    trap 'rm -rf "$target.part"; systemd start mtxdeck' EXIT
    systemd stop mtxdeck
    if [ -e "$data/main.db" ]; then
      echo "Copying the data of $(basename "$before") to $backups/$(basename "$before") …"
      # Below it the user mtxdeck makes folders, and root none.
      install -d -m 700 -o mtxdeck -g mtxdeck "$backups"
      back_up "$backups/$(basename "$before")" || fail 'the backup failed, so nothing was changed.'
    fi
  fi
  id mtxdeck >/dev/null 2>&1 || useradd --system --home-dir "$data" --no-create-home --shell /usr/sbin/nologin mtxdeck
  install -d -m 700 -o mtxdeck -g mtxdeck "$data"
  # It may be the version before the last update, which stays until here.
  rm -rf "$target"
  mv "$target.part" "$target"
  [ -z "$before" ] || link "$before" "$opt/previous"
  link "$target" "$opt/current"
  link "$opt/current/bin/mtxdeck" "$command"
  if [ ! -e "$etc/mtxdeck.yaml" ]; then
    install -m 640 -g mtxdeck "$here/mtxdeck.yaml" "$etc/mtxdeck.yaml"
  fi
  install -d "$(dirname "$unit")"
  install -m 644 "$here/mtxdeck.service" "$unit"
  begin
  trap - EXIT
  # Of older versions only the one before stays.
  for old in "$opt"/*/; do
    old=${old%/}
    case $old in "$target" | "$before" | "$opt/current" | "$opt/previous") ;; *) rm -rf "$old" ;; esac
  done
  if [ -n "$before" ]; then
    echo "mtxdeck was updated from $(basename "$before") to $version."
  else
    echo "mtxdeck $version is installed."
    tell_token
  fi
  command -v bwrap >/dev/null || echo 'Without bubblewrap, what reads streams runs without a sandbox: apt install bubblewrap'
  command -v ffmpeg >/dev/null || echo 'Without ffmpeg there are no pictures, and probes measure nothing: apt install ffmpeg'
  runs_systemd || echo "systemd does not run here. Start it yourself, as the user mtxdeck: mtxdeck serve --config $etc/mtxdeck.yaml"
}

tell_token() {
  runs_systemd || return 0
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    [ -s "$data/token" ] && break
    sleep 0.5
  done
  [ -s "$data/token" ] || { echo 'It has not made its token yet: journalctl -u mtxdeck says why.'; return 0; }
  echo "Open http://127.0.0.1:8787 and sign in with this token, which is shown this once (it is in $data/token):"
  as_mtxdeck cat "$data/token"
  echo "To look from another machine: ssh -L 8787:127.0.0.1:8787 $(hostname), and the same address there; or change listen in $etc/mtxdeck.yaml."
}

go_back() {
  [ -e "$opt/previous" ] || fail 'there is no version before this one.'
  now=$(readlink "$opt/current")
  before=$(readlink "$opt/previous")
  backup="$backups/$(basename "$before")"
  [ ! -e "$data/main.db" ] || [ -e "$backup/manifest.json" ] || fail "the data of then is not in $backup any more."
  systemd stop mtxdeck
  link "$before" "$opt/current"
  # What was kept since is renamed within the data folder, never deleted.
  if [ -e "$backup/manifest.json" ]; then
    as_mtxdeck "$command" restore "$backup" --data-dir "$data" --replace || { link "$now" "$opt/current"; systemd start mtxdeck; fail 'the data of then could not be restored.'; }
  fi
  rm "$opt/previous"
  begin
  echo "mtxdeck went back from $(basename "$now") to $(basename "$before"), with the data of the update. What was kept since lies in $data/replaced-…"
}

remove() {
  systemd disable --quiet --now mtxdeck
  rm -f "$unit" "$command"
  rm -rf "$opt" "$cache"
  systemd daemon-reload
  echo "mtxdeck was removed. Its settings in $etc, its data in $data, its backups in $backups and the user mtxdeck stay."
}

case "${1:-}" in
  '') install_version ;;
  --back) go_back ;;
  --remove) remove ;;
  *) fail "unknown option $1; there are --back and --remove." ;;
esac
