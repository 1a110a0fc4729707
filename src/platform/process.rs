use prometheus_client::{
    metrics::{counter::ConstCounter, gauge::ConstGauge},
    registry::Registry,
};
use std::fs;

/// Registers metrics of the process: memory, CPU time and open files under their standard names; nothing without
/// `/proc`, which only Linux has.
pub fn register_metrics(registry: &mut Registry) {
    if let Some(bytes) = memory() {
        registry.register("process_resident_memory_bytes", "Memory in use, in bytes", ConstGauge::new(bytes));
    }
    if let Some(seconds) = cpu() {
        let help = "Time taken of the cores, user and system, in seconds";
        registry.register("process_cpu_seconds", help, ConstCounter::new(seconds));
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        registry.register("process_open_fds", "Open files and sockets", ConstGauge::new(files.count()));
    }
}

fn memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?;
    Some(kib.parse::<u64>().ok()? * 1024)
}

/// Returns the CPU time that the process has used (user and system) in seconds; assumes the kernel's `USER_HZ` of 100,
/// as on every Linux that Rust supports.
fn cpu() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The program name in parentheses may contain spaces.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(11).map(str::parse::<f64>);
    let ticks = times.next()?.ok()? + times.next()?.ok()?;
    Some(ticks / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_uses_memory_and_time() {
        let busy = std::time::Instant::now();
        while busy.elapsed().as_millis() < 30 {}
        assert!(memory().unwrap() > 1_000_000);
        assert!(cpu().unwrap() > 0.0);
    }
}
