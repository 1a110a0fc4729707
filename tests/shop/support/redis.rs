//! A Redis for each test: a few milliseconds and megabytes, nobody else's keys, and it can be killed and started again.

use std::{
    ffi::OsString,
    fs,
    io::ErrorKind,
    os::unix::{net::UnixStream, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use till::platform::secrets;

pub struct RedisServer {
    folder: PathBuf,
    process: Option<Child>,
}

impl RedisServer {
    pub fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("till_t_{}", &secrets::token()[..10]));
        fs::create_dir(&folder).unwrap();
        let mut server = Self { folder, process: None };
        server.resume();
        server
    }

    /// What `REDIS_URL` would say.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Kills it, as a power cut would; what was in it is gone.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
        let _ = fs::remove_file(self.socket());
    }

    /// Starts it (again), empty.
    pub fn resume(&mut self) {
        self.process = Some(spawn(&self.folder, &self.socket()));
        let deadline = Instant::now() + Duration::from_secs(10);
        while UnixStream::connect(self.socket()).is_err() {
            assert!(Instant::now() < deadline, "redis-server does not start");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// A connection of the test's own.
    pub fn connect(&self) -> redis::Connection {
        redis::Client::open(self.url()).unwrap().get_connection().unwrap()
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("redis.sock")
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Debian's redis-tools has the server under the name redis-check-rdb: one program that acts by the name it is called.
fn spawn(folder: &Path, socket: &Path) -> Child {
    let given = std::env::var_os("REDIS_SERVER");
    let programs = given.into_iter().chain(["redis-server", "redis-check-rdb"].map(OsString::from));
    for program in programs {
        let started = Command::new(program)
            .arg0("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(socket)
            .arg("--dir")
            .arg(folder)
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
