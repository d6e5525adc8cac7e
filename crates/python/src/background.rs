//! Work goes on in a thread of its own, without the interpreter's lock, while the caller's thread hears of Ctrl-C and tells how far it is.

use crate::error::raise;
use pyo3::prelude::*;
use restock_base::diag::Error;
use restock_kernel::study::Cancel;
use std::ops::ControlFlow;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often Ctrl-C is asked for and progress is told.
const LOOK: Duration = Duration::from_millis(50);

/// How long stopped work may take to come to its end, before it is left to itself.
const PATIENCE: Duration = Duration::from_millis(500);

/// What the work tells, and by what it is stopped.
#[derive(Clone, Default)]
pub struct Ear {
    /// Stops the work.
    pub cancel: Cancel,
    told: Arc<Mutex<Option<Told>>>,
}

/// What is done, how much of it, and of how much.
type Told = (&'static str, u64, u64);

impl Ear {
    /// Hears that so many of so many things of a step are done.
    pub fn hear(&self, doing: &'static str, done: u64, of: u64) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = Some((doing, done, of));
    }

    /// The same, and says whether to go on.
    pub fn goes_on(&self, doing: &'static str, done: u64, of: u64) -> ControlFlow<()> {
        self.hear(doing, done, of);
        if self.cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn take(&self) -> Option<Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What work ends with that somebody stopped.
pub fn cancelled() -> Error {
    Error::new("cancelled", "it was cancelled")
}

/// Does the work. `progress` is called with what is done, how much of it, and of how much.
pub fn work<T: Send + 'static>(
    py: Python<'_>,
    progress: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&Ear) -> Result<T, Error> + Send + 'static,
) -> PyResult<T> {
    let ear = Ear::default();
    let (send, receive) = mpsc::channel();
    let of_worker = ear.clone();
    std::thread::Builder::new().name("restock".into()).spawn(move || {
        // Nobody waits any longer for work that was left to itself.
        let _ = send.send(work(&of_worker));
    })?;
    let receive = Mutex::new(receive);
    let wait = |time: Duration| py.detach(|| receive.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(time));
    loop {
        match wait(LOOK) {
            Ok(result) => {
                if let (Some(progress), Some(told)) = (progress, ear.take()) {
                    progress.call1(told)?;
                }
                return result.map_err(raise);
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(raise(Error::new("panic", "the work ended without a result: this is a fault of Restock")));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        let heard = py.check_signals().and_then(|()| match (progress, ear.take()) {
            (Some(progress), Some(told)) => progress.call1(told).map(|_| ()),
            _ => Ok(()),
        });
        if let Err(stop) = heard {
            ear.cancel.cancel();
            let _ = wait(PATIENCE);
            return Err(stop);
        }
    }
}
