//! What the operating system says of this process.

use std::fs;

use super::metrics::Exposition;

/// Its memory, the time it took of the cores, and its open files, by the names that such metrics have everywhere. What
/// the system does not tell (only Linux has `/proc`) is left out.
pub fn write(page: &mut Exposition) {
    if let Some(bytes) = memory() {
        page.gauge("process_resident_memory_bytes", "Memory in use, in bytes", bytes);
    }
    if let Some((whole, hundredths)) = cpu() {
        let name = "process_cpu_seconds_total";
        page.family(name, "counter", "Time taken of the cores, user and system, in seconds");
        page.sample(name, &[], format_args!("{whole}.{hundredths:02}"));
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        page.gauge("process_open_fds", "Open files and sockets", files.count());
    }
}

fn memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?;
    Some(kib.parse::<u64>().ok()? * 1024)
}

/// Seconds and hundredths: `/proc` counts hundredths on every Linux that Rust runs on (`USER_HZ`).
fn cpu() -> Option<(u64, u64)> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in brackets, may have spaces in it.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(11).map(str::parse::<u64>);
    let ticks = times.next()?.ok()? + times.next()?.ok()?;
    Some((ticks / 100, ticks % 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_uses_memory_and_time() {
        let busy = std::time::Instant::now();
        while busy.elapsed().as_millis() < 30 {}
        assert!(memory().unwrap() > 1_000_000);
        assert!(cpu().unwrap() > (0, 0));
    }
}
