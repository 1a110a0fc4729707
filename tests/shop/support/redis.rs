//! A Redis server for each test: it takes a few milliseconds and megabytes, has no other keys, and can be killed and
//! restarted.

use std::{
    ffi::OsString,
    io::ErrorKind,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{Folder, process::signal};

pub struct RedisServer {
    process: Option<Child>,
    lasting: bool,
    folder: Folder,
}

impl RedisServer {
    /// A server that forgets everything when it is killed.
    pub fn start() -> Self {
        Self::begin(false)
    }

    /// A server that writes each command to its disk before it confirms it, and finds it again after it was killed.
    pub fn lasting() -> Self {
        Self::begin(true)
    }

    fn begin(lasting: bool) -> Self {
        let mut server = Self { process: None, lasting, folder: Folder::new() };
        server.resume();
        server
    }

    /// Its `REDIS_URL`.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Kills it, as a power failure would.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
        let _ = std::fs::remove_file(self.socket());
    }

    /// Starts it again: empty, unless it is a [lasting](Self::lasting) one.
    pub fn resume(&mut self) {
        self.process = Some(self.spawn());
        let deadline = Instant::now() + Duration::from_secs(10);
        while !self.answers() {
            assert!(Instant::now() < deadline, "redis-server does not start");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Stops it: connections stay open, and nothing is answered.
    pub fn freeze(&self) {
        signal("STOP", &self.process_id());
    }

    /// Continues it, with what was sent in the meantime.
    pub fn thaw(&self) {
        signal("CONT", &self.process_id());
    }

    /// Changes what the shop's user may do (rules of `ACL SETUSER`).
    pub fn allow(&self, rules: &str) {
        let rules: Vec<&str> = rules.split(' ').collect();
        redis::cmd("ACL").arg("SETUSER").arg("default").arg(rules).exec(&mut self.connect()).unwrap();
    }

    /// A connection of the test.
    pub fn connect(&self) -> redis::Connection {
        redis::Client::open(self.url()).unwrap().get_connection().unwrap()
    }

    /// While it loads its data it accepts connections, and answers that it is busy.
    fn answers(&self) -> bool {
        let ping = |mut conn| redis::cmd("PING").query::<String>(&mut conn);
        redis::Client::open(self.url()).unwrap().get_connection().and_then(ping).is_ok()
    }

    fn process_id(&self) -> Vec<u32> {
        self.process.iter().map(Child::id).collect()
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    /// Debian's redis-tools has the server under the name redis-check-rdb: one program that acts by the name under
    /// which it is called.
    fn spawn(&self) -> Child {
        let given = std::env::var_os("REDIS_SERVER");
        let programs = given.into_iter().chain(["redis-server", "redis-check-rdb"].map(OsString::from));
        let lasting = if self.lasting { "yes" } else { "no" };
        for program in programs {
            let started = Command::new(program)
                .arg0("redis-server")
                .args(["--port", "0", "--save", "", "--appendonly", lasting, "--appendfsync", "always", "--unixsocket"])
                .arg(self.socket())
                .arg("--dir")
                .arg(self.folder.path())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            match started {
                Ok(process) => return process,
                Err(problem) if problem.kind() == ErrorKind::NotFound => {}
                Err(problem) => panic!("redis-server does not start: {problem}"),
            }
        }
        panic!("the tests start a redis-server for each shop, and there is none: sudo apt-get install redis-tools")
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}
