//! Started processes in, how each ended out; none is left running.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::interrupt;
use crate::run::Event;

/// File in a process's folder that takes its messages.
const MESSAGES: &str = "stderr.txt";
/// How often the processes are looked at.
const LOOK: Duration = Duration::from_millis(10);
/// Exit code of a process that never joined the session: nobody can be waiting for what it has to say.
const BAD_INPUT: i32 = 2;
/// How long the others then get to end by themselves.
const BRIEFLY: Duration = Duration::from_secs(1);
/// Bytes of messages that are read.
const MESSAGE_BYTES_MAX: u64 = 64 * 1024;

/// A running process; killed and waited for when dropped.
pub(super) struct Child {
    name: String,
    home: PathBuf,
    process: std::process::Child,
    ended: Option<Option<i32>>,
    lines: Option<mpsc::Receiver<String>>,
}

/// A process that has ended.
pub(super) struct Ended {
    /// What it was.
    pub name: String,
    /// Its folder.
    pub home: PathBuf,
    /// Exit code, if it was not killed.
    pub code: Option<i32>,
}

impl Ended {
    /// Its last words.
    pub(super) fn reason(&self) -> String {
        let mut text = String::new();
        if let Ok(file) = File::open(self.home.join(MESSAGES)) {
            // What cannot be read is no reason.
            let _ = file.take(MESSAGE_BYTES_MAX).read_to_string(&mut text);
        }
        let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
        match (last.strip_prefix("error: ").unwrap_or(last), self.code) {
            ("", None) => "it was killed".to_owned(),
            ("", Some(code)) => format!("exit code {code}"),
            (text, _) => text.to_owned(),
        }
    }
}

impl Child {
    /// Starts a process in its folder with an empty environment; `listen` takes its output line by line.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(super) fn start(mut command: Command, home: &Path, name: String, listen: bool) -> Result<Self, Error> {
        let failed = |error| Error::Usage(format!("cannot start {name}: {error}"));
        let messages = File::create(home.join(MESSAGES)).map_err(failed)?;
        super::quiet(&mut command);
        command.current_dir(home).stderr(messages).stdout(if listen { Stdio::piped() } else { Stdio::null() });
        let mut process = command.spawn().map_err(failed)?;
        let lines = process.stdout.take().map(|out| {
            let (send, receive) = mpsc::channel();
            std::thread::spawn(move || {
                for line in BufReader::new(out).lines().map_while(Result::ok) {
                    if send.send(line).is_err() {
                        break;
                    }
                }
            });
            receive
        });
        Ok(Self { name, home: home.to_path_buf(), process, ended: None, lines })
    }

    fn look(&mut self, on_event: &mut dyn FnMut(Event<'_>)) -> bool {
        if let Some(lines) = &self.lines {
            lines.try_iter().for_each(|line| on_event(Event::Printed(&line)));
        }
        if self.ended.is_none()
            && let Ok(Some(status)) = self.process.try_wait()
        {
            self.ended = Some(status.code());
            if let Some(lines) = self.lines.take() {
                lines.iter().for_each(|line| on_event(Event::Printed(&line)));
            }
        }
        self.ended.is_some()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.ended.is_none() {
            // It may have ended by itself in between.
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }
}

/// Waits for all processes. Once one has failed the others get `patience` to end by themselves.
///
/// # Errors
/// If the run is interrupted; then all are killed.
pub(super) fn watch(
    mut children: Vec<Child>,
    patience: Duration,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<Vec<Ended>, Error> {
    let mut failed_at: Option<Instant> = None;
    loop {
        let mut running = 0;
        for child in &mut children {
            running += usize::from(!child.look(on_event));
        }
        let failures = || children.iter().filter_map(|child| child.ended).filter(|code| *code != Some(0));
        if failures().next().is_some() {
            failed_at = failed_at.or(Some(Instant::now()));
        }
        let patience = if failures().any(|code| code == Some(BAD_INPUT)) { patience.min(BRIEFLY) } else { patience };
        if interrupt::requested() {
            return Err(Error::Abort("interrupted".to_owned()));
        }
        if running == 0 || failed_at.is_some_and(|at| at.elapsed() > patience) {
            break;
        }
        std::thread::sleep(LOOK);
    }
    let ended =
        |child: &Child| Ended { name: child.name.clone(), home: child.home.clone(), code: child.ended.flatten() };
    Ok(children.iter().map(ended).collect())
}
