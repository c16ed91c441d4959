//! What the kernel knows of a process, CPU time and memory, and where it may run. Linux only, as the bench is.

use std::fs;
use std::process::Command;
use std::time::Duration;

/// The CPU time of all threads so far, to the nanosecond (`/proc/PID/stat` counts in hundredths of a second).
pub(crate) fn cpu_time(pid: u32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("the process runs");
    let nanoseconds = threads
        .filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("schedstat")).ok())
        .filter_map(|line| line.split(' ').next()?.parse::<u64>().ok())
        .sum();
    Duration::from_nanos(nanoseconds)
}

/// The memory that is the process's own, in KiB.
pub(crate) fn memory_kib(pid: u32) -> f64 {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).expect("the process runs");
    let field = |name: &str| {
        let line = rollup.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok()).expect("smaps_rollup has its fields")
    };
    field("Private_Clean:") + field("Private_Dirty:")
}

/// The cores that this process may use.
pub(crate) fn cores() -> Vec<usize> {
    let status = fs::read_to_string("/proc/self/status").expect("this is Linux");
    let list = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
        .expect("the kernel says which cores are allowed");
    list.trim()
        .split(',')
        .flat_map(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let number = |text: &str| text.parse::<usize>().expect("cores are numbers");
            number(first)..=number(last)
        })
        .collect()
}

/// This process, with all that it starts from now on, to one core.
pub(crate) fn pin(core: usize) {
    let done = Command::new("taskset").args(["-cp", &core.to_string(), &std::process::id().to_string()]).output();
    assert!(done.is_ok_and(|done| done.status.success()), "taskset is missing (Debian: util-linux)");
}

/// A program that may run on these cores, wherever this process may.
pub(crate) fn on(cores: &[usize], program: &std::path::Path) -> Command {
    let list: Vec<String> = cores.iter().map(ToString::to_string).collect();
    let mut command = Command::new("taskset");
    command.args(["-c", &list.join(",")]).arg(program);
    command
}
