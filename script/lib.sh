# shellcheck shell=bash
# What the scripts share. Sourced, never run.

set -euo pipefail
unset CDPATH
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
var=$root/var
cd "$root"

# make tells its recipes of its own flags and job slots; cargo and build scripts must not take them for theirs.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES

say() { printf 'till: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# --- var/ -----------------------------------------------------------------------------------------------------------

# What root makes in somebody's checkout (sudo make run) belongs to whom the folder belongs, or they could not use it later.
owned_like_folder() { [[ $EUID -ne 0 ]] || chown --reference="$(dirname -- "$1")" -- "$1"; }

prepare_var() {
  if [[ ! -d $var ]]; then
    # -p: somebody else may just have made it. 711: another account runs the servers and must get through.
    (umask 066 && mkdir -p -- "$var" 2>/dev/null) || die "cannot make $var: run as the owner of this checkout"
    owned_like_folder "$var"
  fi
  [[ -w $var ]] || die "cannot write to $var: run as its owner, $(stat -c %U -- "$var")"
}

# secret FILE BYTES: prints the secret kept in FILE, made at first use. `mv -n`: of two made at once the first one counts.
secret() {
  local new=$1.$BASHPID
  if [[ ! -s $1 ]]; then
    (umask 077 && od -An -vtx1 "-N$2" /dev/urandom | tr -d ' \n' >"$new")
    owned_like_folder "$new"
    mv -n -- "$new" "$1"
    rm -f -- "$new"
  fi
  cat -- "$1"
}

# --- what is there --------------------------------------------------------------------------------------------------

need_cargo() {
  # rustup puts cargo here, and shells started before that do not know yet.
  command -v cargo >/dev/null || PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
  command -v cargo >/dev/null ||
    die 'cargo is missing: install Rust as https://rustup.rs says, open a new shell, and try again'
}

# find_postgres VERSION: prints the folder of the PostgreSQL server's programs: of that major version, or with any the newest.
find_postgres() {
  local bin
  for bin in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) "$(dirname -- "$(command -v initdb || echo /none/x)")"; do
    [[ -x $bin/initdb && -x $bin/pg_ctl && -x $bin/psql ]] || continue
    [[ $1 == any || $("$bin/initdb" --version) =~ \ $1(\.|$) ]] || continue
    echo "$bin"
    return
  done
  return 1
}

# Prints the path of the Redis server. Debian's redis-tools has it under the name redis-check-rdb: one program that acts by
# the name it is called, so that the package redis-server, which starts a system service, is not needed.
# Each program that can be the server, the likeliest first.
find_redis() {
  command -v redis-cli >/dev/null && { type -aP redis-server redis-check-rdb || true; } | grep .
}

find_browser() {
  local program
  for program in "${CHROME-}" chromium google-chrome google-chrome-stable chromium-browser /snap/bin/chromium; do
    # Run it: on Ubuntu chromium-browser may be a script that says what to install.
    if [[ $program ]] && "$program" --version &>/dev/null; then command -v "$program"; return; fi
  done
  return 1
}

find_driver() {
  local program
  for program in "${CHROMEDRIVER-}" chromedriver chromium.chromedriver /snap/bin/chromium.chromedriver; do
    if [[ $program ]] && "$program" --version &>/dev/null; then command -v "$program"; return; fi
  done
  return 1
}

port_taken() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# --- using the services ---------------------------------------------------------------------------------------------

# The services that the environment does not name, and that are therefore ours to start.
private_services() {
  [[ ${DATABASE_URL-} ]] || echo postgres
  [[ ${REDIS_URL-} ]] || echo redis
}

# use_services DATABASE NUMBER [--keep]: starts what is needed; sets DATABASE_URL and REDIS_URL.
use_services() {
  local wanted answer name url
  mapfile -t wanted < <(private_services)
  if [[ ${#wanted[@]} -gt 0 ]]; then
    answer=$(script/services start "${@:3}" "${wanted[@]}") || exit 1
    while read -r name url; do
      case $name in
        postgres) DATABASE_URL=$url/$1 ;;
        redis) REDIS_URL=$url/$2 ;;
      esac
    done <<<"$answer"
  fi
  export DATABASE_URL REDIS_URL
}

# --- running things so that a signal stops all of them --------------------------------------------------------------
#
# Ctrl-C reaches every process of the terminal's foreground group at once. What we start must stop in order, the shop before
# its database, so each child gets a session of its own and hears of signals from here only.

child='' signal='' asked_at=0 watcher=''

on_signal() {
  if [[ -z $signal ]]; then
    signal=$1 asked_at=$SECONDS
    tell_child "$1"
  elif ((SECONDS - asked_at >= 2)); then
    tell_child KILL # asked again: no longer politely. At once it is only the same Ctrl-C on another way.
  fi
}

tell_child() {
  [[ -z $child ]] || kill "-$1" -- "-$child" 2>/dev/null || kill "-$1" "$child" 2>/dev/null || :
}

# supervise: from here on signals stop the child, and at the end the services go too unless somebody else needs them.
supervise() {
  prepare_var
  # Held shared by everyone who uses the services; `script/services release` stops them once nobody does.
  exec {lease}>>"$var/lease"
  owned_like_folder "$var/lease"
  flock -s "$lease"
  trap finish EXIT
  trap 'on_signal INT' INT
  trap 'on_signal TERM' TERM HUP
  trap '[[ $signal ]] || on_signal TERM' USR1
  watch_make & watcher=$!
}

finish() {
  local status=$?
  trap '' INT TERM HUP USR1
  kill "$watcher" 2>/dev/null || :
  exec {lease}>&-
  script/services release || :
  case $signal in
    INT) exit 130 ;;
    TERM) exit 143 ;;
    *) exit "$status" ;;
  esac
}

# make passes SIGTERM on to its recipe, but told to stop by SIGINT or SIGHUP it only waits for us, trusting that the terminal
# told us too, and a killed make tells nobody. Both show: the first in its table of caught signals, the second by its absence.
watch_make() {
  local never name line now at_first=''
  exec </dev/null &>/dev/null {lease}>&-
  [[ ${MAKELEVEL-} ]] && read -r name <"/proc/$PPID/comm" && [[ $name == *make ]] || return 0
  exec {never}<> <(:)
  while line=$(grep SigCgt: "/proc/$PPID/status"); do
    now=$((16#${line##*[[:space:]]} & 3))
    at_first=${at_first:-$now}
    [[ $now == "$at_first" ]] || break
    read -rt 1 -u "$never" || : # sleeps, without a process that could stay behind
  done
  kill -USR1 $$
}

# run_child COMMAND...: runs it to its end and returns its status; leaves nothing of it behind.
run_child() {
  local status=0
  [[ -z $signal ]] || exit 1
  # A background child of a script ignores SIGINT unless told otherwise.
  setsid env --default-signal=INT,QUIT "$@" {lease}>&- &
  child=$!
  [[ -z $signal ]] || tell_child "$signal"
  while :; do
    status=0
    wait "$child" || status=$?
    kill -0 "$child" 2>/dev/null || break # else only a signal ended the wait
  done
  end_session "$child"
  child=''
  [[ -z $signal ]] || exit 1
  return "$status"
}

# Ends what a child left in its session, such as the browser of a test that crashed.
end_session() {
  local stat line pid session
  for stat in /proc/[0-9]*/stat; do
    read -rd '' line 2>/dev/null <"$stat" || [[ ${line-} ]] || continue
    # "PID (NAME) STATE PARENT GROUP SESSION ...", where NAME may hold anything.
    pid=${line%% *}
    read -r _ _ _ session _ <<<"${line##*) }"
    [[ $session != "$1" ]] || kill -KILL "$pid" 2>/dev/null || :
  done
}
