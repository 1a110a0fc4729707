//! Signals to processes that a test has started.

use std::process::Command;

/// Sends a signal to all of these processes at almost the same time. Those that have ended already are ignored.
pub fn signal(name: &str, pids: &[u32]) {
    let pids: Vec<String> = pids.iter().map(u32::to_string).collect();
    // The `kill` of the shell, which exists on every machine.
    let script = format!("kill -{name} {} 2>/dev/null || :", pids.join(" "));
    let sent = Command::new("sh").args(["-c", &script]).status().unwrap();
    assert!(sent.success());
}
