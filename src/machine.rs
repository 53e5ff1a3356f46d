//! Limits of the machine, which are no fault of the program: threads, open files, memory.

use std::any::Any;
use std::io;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use rayon::ThreadBuilder;

/// Bytes of stack of a thread that reads files, as many as Linux gives the first one. The parser of HCL
/// goes 64 levels deep, which unoptimized are most of the 2 MiB that a thread has otherwise (measured).
const STACK: usize = 8 * 1024 * 1024;

/// Starts the threads on which work is spread: as many as the system gives, or none beside the one
/// that is here. Rayon itself would panic at its first use where one cannot be started.
pub fn start_threads() {
    let (sender, receiver) = mpsc::channel::<ThreadBuilder>();
    let receiver = Arc::new(Mutex::new(receiver));
    let wanted = thread::available_parallelism().map_or(1, usize::from);
    let start = |_: &usize| {
        let receiver = Arc::clone(&receiver);
        let work = move || {
            let next = receiver.lock().map(|receiver| receiver.recv());
            if let Ok(Ok(work)) = next {
                work.run();
            }
        };
        let thread = thread::Builder::new().stack_size(STACK);
        thread.spawn(work).is_ok()
    };
    let started = (0..wanted).take_while(start).count();
    let pool = rayon::ThreadPoolBuilder::new();
    let pool = match started {
        0 => pool.num_threads(1).use_current_thread().build_global(),
        _ => {
            let pass_on = |work| {
                sender
                    .send(work)
                    .map_err(|_| io::ErrorKind::BrokenPipe.into())
            };
            pool.num_threads(started)
                .spawn_handler(pass_on)
                .build_global()
        }
    };
    // It fails where there is one already.
    let _ = pool;
}

/// What the system said, if a panic is over an error of the system that code which is not ours takes
/// for impossible: the standard library where it waits for a process, a crate where it starts a
/// thread.
pub fn refusal(panic: &(dyn Any + Send)) -> Option<&str> {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied())?;
    // As `io::Error` has it for `unwrap` and `expect`.
    if let Some((_, error)) = text.split_once("Os { code: ") {
        let (_, message) = error.split_once("message: \"")?;
        return Some(message.split_once('"')?.0);
    }
    // As it is shown: by the standard library, where a thread gets no stack for its signals.
    let (error, _) = text.split_once(" (os error ")?;
    Some(
        error
            .rsplit_once(": ")
            .map_or(error, |(_, message)| message),
    )
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn an_error_of_the_system_is_no_fault_of_the_program() {
        let refused = |code| Err::<(), _>(io::Error::from_raw_os_error(code));
        for code in [4, 5, 11, 12, 23, 24, 28] {
            let message = refused(code).unwrap_err().to_string();
            let message = message.split(" (os").next();
            let panic = catch_unwind(|| refused(code).unwrap()).unwrap_err();
            assert_eq!(refusal(&*panic), message);
            let panic = catch_unwind(|| refused(code).expect("failed to spawn thread"));
            assert_eq!(refusal(&*panic.unwrap_err()), message);
            let shown = format!("failed to allocate a stack: {}", refused(code).unwrap_err());
            assert_eq!(refusal(&shown), message);
        }
        let pool = || {
            let refused = |_| Err::<(), _>(io::Error::from_raw_os_error(11));
            let pool = rayon::ThreadPoolBuilder::new().spawn_handler(refused);
            drop(pool.build().unwrap());
        };
        let panic = catch_unwind(pool).unwrap_err();
        assert_eq!(refusal(&*panic), Some("Resource temporarily unavailable"));
    }

    #[test]
    fn any_other_panic_is_one() {
        for text in ["index out of bounds", "Os { code: none", "Os { code: 4 }"] {
            assert_eq!(refusal(&text), None);
            assert_eq!(refusal(&text.to_owned()), None);
        }
        assert_eq!(refusal(&7), None);
    }
}
