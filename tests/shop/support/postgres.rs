//! A PostgreSQL server for one test, which can be killed and restarted. All other tests share the one of
//! `DATABASE_URL`.

use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use std::{
    env, fs,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tokio::time::sleep;

use super::{Folder, process::signal};

/// Durable, like the shop's own server: what is committed is on the disk.
const SETTINGS: &str = "
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 64MB
max_wal_size = 256MB
fsync = on
synchronous_commit = on
full_page_writes = on
";

pub struct PostgresServer {
    process: Option<Child>,
    programs: PathBuf,
    account: Option<Account>,
    folder: Folder,
}

/// The user that runs the server if the tests run as root, which PostgreSQL refuses.
#[derive(Clone, Copy)]
struct Account {
    user: u32,
    group: u32,
}

impl PostgresServer {
    /// Starts a new server with the empty database `till`.
    pub async fn start() -> Self {
        let account = (fs::metadata("/proc/self").unwrap().uid() == 0).then(Account::find);
        let mut server = Self { process: None, programs: find_programs(), account, folder: Folder::new() };
        server.make_cluster();
        server.resume().await;
        let mut conn = PgConnection::establish(&server.url_of("postgres")).unwrap();
        sql_query("create database till").execute(&mut conn).unwrap();
        server
    }

    /// Its `DATABASE_URL`.
    pub fn url(&self) -> String {
        self.url_of("till")
    }

    /// Kills all its processes at once, as a power failure would.
    pub fn kill(&mut self) {
        let Some(mut postmaster) = self.process.take() else { return };
        // While it is stopped it starts no more processes, so all of them are found.
        signal("STOP", &[postmaster.id()]);
        let children = children_of(postmaster.id());
        signal("KILL", &[children.as_slice(), &[postmaster.id()]].concat());
        postmaster.wait().unwrap();
        while children.iter().any(|child| lives(*child)) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Starts it again; it recovers what was committed.
    pub async fn resume(&mut self) {
        let log = fs::File::options().create(true).append(true).open(self.log()).unwrap();
        let mut process = self
            .command("postgres")
            .arg("-D")
            .arg(self.data())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        while let Err(problem) = PgConnection::establish(&self.url_of("postgres")) {
            let ended = process.try_wait().unwrap();
            let said = || fs::read_to_string(self.log()).unwrap_or_default();
            assert!(ended.is_none() && Instant::now() < deadline, "PostgreSQL does not start: {problem}\n{}", said());
            sleep(Duration::from_millis(10)).await;
        }
        self.process = Some(process);
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres:///{database}?user=till&host={}", self.home().display())
    }

    fn make_cluster(&self) {
        fs::create_dir(self.home()).unwrap();
        if let Some(Account { user, group }) = self.account {
            chown(self.home(), Some(user), Some(group)).unwrap();
        }
        let made = self
            .command("initdb")
            .args(["-U", "till", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-D"])
            .arg(self.data())
            .output()
            .unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let settings = self.data().join("postgresql.conf");
        let settings_were = fs::read_to_string(&settings).unwrap();
        let home = self.home().display().to_string();
        fs::write(&settings, format!("{settings_were}{SETTINGS}unix_socket_directories = '{home}'\n")).unwrap();
    }

    /// One of PostgreSQL's programs, run as that user.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(self.home()).stdin(Stdio::null()).env("LC_ALL", "C.UTF-8");
        for (name, _) in env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"PG")) {
            command.env_remove(name); // settings meant for other servers
        }
        if let Some(Account { user, group }) = self.account {
            command.uid(user).gid(group);
        }
        command
    }

    /// A folder that nobody else can open, so that no password is needed.
    fn home(&self) -> PathBuf {
        self.folder.path().join("postgres")
    }

    fn data(&self) -> PathBuf {
        self.home().join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("postgres.log")
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Account {
    /// The user that PostgreSQL's package has created, if there is one.
    fn find() -> Self {
        let users = fs::read_to_string("/etc/passwd").unwrap();
        let ids = |name: &str| {
            let user = users.lines().find(|line| line.split(':').next() == Some(name))?;
            let mut ids = user.split(':').skip(2).map(|id| id.parse().unwrap());
            Some(Self { user: ids.next()?, group: ids.next()? })
        };
        ids("postgres").or_else(|| ids("nobody")).expect("a user to run PostgreSQL, which refuses to be root")
    }
}

/// The folder of the server's programs: the newest version of Debian's packages, or from the `PATH`.
fn find_programs() -> PathBuf {
    let complete = |bin: &PathBuf| bin.join("initdb").is_file() && bin.join("postgres").is_file();
    let version = |bin: &PathBuf| -> u32 {
        bin.parent().and_then(Path::file_name).and_then(|name| name.to_str()?.parse().ok()).unwrap_or_default()
    };
    let packaged = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = packaged.map(|entry| entry.path().join("bin")).filter(complete).max_by_key(version);
    let path = env::var_os("PATH").unwrap_or_default();
    newest
        .or_else(|| env::split_paths(&path).find(complete))
        .expect("the PostgreSQL server: apt-get install postgresql")
}

fn children_of(parent: u32) -> Vec<u32> {
    let numbers = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|pid| stat_of(*pid).is_some_and(|(_, its_parent)| its_parent == parent)).collect()
}

/// Whether the process is running; a zombie is not.
fn lives(pid: u32) -> bool {
    stat_of(pid).is_some_and(|(state, _)| !matches!(state, 'Z' | 'X'))
}

/// The state and the parent of a process: "PID (NAME) STATE PARENT ...", where NAME may contain anything.
fn stat_of(pid: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let mut words = rest.split_whitespace();
    Some((words.next()?.chars().next()?, words.next()?.parse().ok()?))
}
