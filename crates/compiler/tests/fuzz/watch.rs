//! The text that is compiled in; the end of the whole process, with the text, out if that takes for ever.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// No text of the corpus takes a thousandth of this, however slow the machine.
const FOR_EVER: Duration = Duration::from_secs(120);

/// A thread that waits for the end of each compilation.
pub(crate) struct Watch(Sender<Option<String>>);

impl Watch {
    /// Starts the thread; it ends with the watch.
    pub(crate) fn start() -> Self {
        let (send, receive) = channel::<Option<String>>();
        std::thread::spawn(move || {
            let mut running: Option<String> = None;
            loop {
                match receive.recv_timeout(FOR_EVER) {
                    Ok(next) => running = next,
                    Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => {
                        if let Some(text) = running {
                            eprintln!("the compiler hangs on this text:\n{text}");
                            std::process::exit(101);
                        }
                    }
                }
            }
        });
        Self(send)
    }

    /// A compilation begins.
    pub(crate) fn begin(&self, text: &str) {
        // Only the beginning of a long text is kept, so that it does not count as memory of the compiler.
        let _ = self.0.send(Some(text.chars().take(4_000).collect()));
    }

    /// It has ended.
    pub(crate) fn end(&self) {
        let _ = self.0.send(None);
    }
}
