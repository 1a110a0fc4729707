use std::fs;

use super::metrics::Exposition;

/// Writes memory, CPU time and open files under their standard names; nothing without `/proc`, which only Linux has.
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

/// Returns the CPU time (user and system), whole seconds and hundredths; `USER_HZ` is 100 on all Linux that Rust
/// supports.
fn cpu() -> Option<(u64, u64)> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The program name in parentheses may contain spaces.
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
