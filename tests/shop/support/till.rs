//! The program itself, run as an operator runs it, which can be killed and restarted.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};
use tokio::time::sleep;

use super::Folder;

/// Shared, so that two processes accept each other's cookies.
const SESSION_SECRET: &str = "known to every server of the tests, and to nobody who would want to know it";

const ALIPAY: [&str; 5] =
    ["ALIPAY_APP_ID", "ALIPAY_SELLER_ID", "ALIPAY_PRIVATE_KEY", "ALIPAY_PUBLIC_KEY", "ALIPAY_GATEWAY"];

/// `till serve` on a port of its own.
pub struct TillServer {
    process: Option<Child>,
    settings: Vec<(String, String)>,
    port: u16,
    folder: Folder,
}

impl TillServer {
    /// Prepares a server without starting it; settings are named as in the environment.
    pub fn new(database_url: &str, redis_url: &str, settings: &[(&str, &str)]) -> Self {
        let port = free_port();
        let own = [("DATABASE_URL", database_url), ("REDIS_URL", redis_url), ("SESSION_SECRET", SESSION_SECRET)];
        // The settings of a test come later and have precedence.
        let unless_said = [("LOG", "warn"), ("PAY_METHODS", "cod,alipay")];
        let alipay = ALIPAY.map(|name| (name, super::alipay_setting(name).unwrap_or_default()));
        let all = own.iter().chain(&unless_said).chain(&alipay).chain(settings);
        let mut settings: Vec<_> = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        settings.push(("PORT".to_owned(), port.to_string()));
        Self { process: None, settings, port, folder: Folder::new() }
    }

    /// The base URL, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Kills it, as a power failure would.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Starts it again, and repeats that while it exits at once because PostgreSQL or Redis is not ready yet.
    pub async fn resume(&mut self) {
        self.kill();
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let log = fs::File::options().create(true).append(true).open(self.log()).unwrap();
            let mut command = self.command("serve");
            let mut process = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
            while process.try_wait().unwrap().is_none() {
                if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                    self.process = Some(process);
                    return;
                }
                sleep(Duration::from_millis(5)).await;
            }
            assert!(Instant::now() < deadline, "till serve does not start:\n{}", self.said());
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Runs another command of the program with the same settings, and waits for its end.
    pub fn run(&self, command: &str) -> Output {
        self.run_with(&[command])
    }

    /// The same with arguments.
    pub fn run_with(&self, words: &[&str]) -> Output {
        let (command, arguments) = words.split_first().expect("a command");
        self.command(command).args(arguments).output().unwrap()
    }

    /// The maximum memory since it was started, in megabytes.
    pub fn most_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.as_ref().unwrap().id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    }

    /// The present memory, in megabytes.
    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.as_ref().unwrap().id())).unwrap();
        let now = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        now.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    }

    /// Tells it to stop, as an operator does, and waits for its end.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            super::process::signal("TERM", &[process.id()]);
            process.wait().unwrap();
        }
    }

    /// All its log output.
    pub fn said(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_till"));
        command.arg(name).stdin(Stdio::null()).env_clear();
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("till.log")
    }
}

impl Drop for TillServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Below the ports of outgoing connections, so that none of those takes it while the server is down.
fn free_port() -> u16 {
    loop {
        let port = rand::random_range(20_000..32_000);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
