//! Signals that come while files are being written.

use std::{
    fmt, io,
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag, low_level,
};

/// The signals that ask a process to end.
const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

/// The error of a run that a signal ended; nothing was changed.
#[derive(Debug)]
pub struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// What the handlers share. They are installed once and stay, since the default actions cannot be
/// put back; outside of a [`Watch`] they do what those do.
struct Handlers {
    idle: Arc<AtomicBool>,
    /// The signal that came during a watch, or 0.
    noted: Arc<AtomicUsize>,
}

/// Held by the one watch there can be.
static WATCH: Mutex<()> = Mutex::new(());

static HANDLERS: LazyLock<io::Result<Handlers>> = LazyLock::new(|| {
    let handlers = Handlers {
        idle: Arc::new(AtomicBool::new(true)),
        noted: Arc::default(),
    };
    for signal in SIGNALS {
        flag::register_conditional_default(signal, Arc::clone(&handlers.idle))?;
        let number = usize::try_from(signal).unwrap_or_default();
        flag::register_usize(signal, Arc::clone(&handlers.noted), number)?;
    }
    Ok(handlers)
});

/// While this lives, SIGINT, SIGTERM and SIGHUP are noted and do nothing else.
pub struct Watch {
    handlers: &'static Handlers,
    _only: MutexGuard<'static, ()>,
}

impl Watch {
    /// Begins to note signals; waits while another thread does.
    pub fn start() -> anyhow::Result<Self> {
        let only = WATCH.lock().unwrap_or_else(PoisonError::into_inner);
        let handlers = HANDLERS
            .as_ref()
            .map_err(|error| anyhow::anyhow!("cannot watch for signals: {error}"))?;
        handlers.noted.store(0, Ordering::SeqCst);
        handlers.idle.store(false, Ordering::SeqCst);
        Ok(Self {
            handlers,
            _only: only,
        })
    }

    /// Whether a signal came since the last call. The caller answers `true` with
    /// [`Interrupted`].
    pub fn interrupted(&self) -> bool {
        self.handlers.noted.swap(0, Ordering::SeqCst) != 0
    }
}

impl Drop for Watch {
    /// A signal that came too late to be answered ends the process now.
    fn drop(&mut self) {
        self.handlers.idle.store(true, Ordering::SeqCst);
        let noted = self.handlers.noted.swap(0, Ordering::SeqCst);
        if let Some(signal) = SIGNALS
            .into_iter()
            .find(|&signal| usize::try_from(signal) == Ok(noted))
        {
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}
