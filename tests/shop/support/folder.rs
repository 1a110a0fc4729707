//! A temporary folder of a test, deleted with it.

use std::{
    env, fs,
    fs::File,
    path::{Path, PathBuf},
    sync::LazyLock,
};
use till::platform::random;

const NAME: &str = "till_t_folder_";
const ALIVE: &str = "alive";

/// The folder that servers started by a test write to.
pub struct Folder {
    path: PathBuf,
    /// Locked while the folder is in use, so that the next run can delete what a killed run has left.
    _alive: File,
}

impl Folder {
    pub fn new() -> Self {
        static SWEPT: LazyLock<()> = LazyLock::new(sweep);
        LazyLock::force(&SWEPT);
        let path = env::temp_dir().join(format!("{NAME}{}", &random::token()[..10]));
        // Under another name until it is locked, so that nobody takes it for a leftover.
        let new = path.with_extension("new");
        fs::create_dir(&new).unwrap();
        let alive = File::create(new.join(ALIVE)).unwrap();
        alive.lock().unwrap();
        fs::rename(&new, &path).unwrap();
        Self { path, _alive: alive }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn sweep() {
    for entry in fs::read_dir(env::temp_dir()).into_iter().flatten().flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        let left = name.to_str().is_some_and(|name| name.starts_with(NAME) && !name.ends_with(".new"));
        if left && File::open(path.join(ALIVE)).is_ok_and(|alive| alive.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(path);
        }
    }
}
