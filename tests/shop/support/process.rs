//! Signals to processes that a test has started.

use std::process::Command;

/// Sends one signal to all of these, as nearly at once as it goes. Whoever is gone already does not mind.
pub fn signal(name: &str, pids: &[u32]) {
    let pids: Vec<String> = pids.iter().map(u32::to_string).collect();
    // The shell's own `kill`: there is one on every machine.
    let script = format!("kill -{name} {} 2>/dev/null || :", pids.join(" "));
    let sent = Command::new("sh").args(["-c", &script]).status().unwrap();
    assert!(sent.success());
}
