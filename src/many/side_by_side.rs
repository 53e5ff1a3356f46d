//! Work on several threads, with its results in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError, mpsc};
use std::thread;

/// How many items, for each thread, may be begun ahead of the first whose result is not taken yet:
/// results that wait for one slow repository are held in memory.
const AHEAD: usize = 64;

/// Does something for each number below `count`, and passes the results to `take` in order. The first
/// error ends it.
///
/// Each thread is a rayon pool of its own. Small repositories finish sooner where their work does not
/// move between threads. And a thread that waits for the pool that writes, and meanwhile keeps the
/// one watch for signals, must not be given another repository, which would wait for that watch.
///
/// # Errors
/// The first that something or `take` has.
pub fn side_by_side<T: Send>(
    count: usize,
    process: &(impl Fn(usize) -> anyhow::Result<T> + Sync),
    mut take: impl FnMut(T) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let window = Window {
        end: Mutex::new(threads * AHEAD),
        moved: Condvar::new(),
    };
    let (sender, results) = mpsc::channel();
    thread::scope(|scope| {
        let mut started = 0;
        for _ in 0..threads.min(count) {
            let (sender, next, window) = (sender.clone(), &next, &window);
            let work = move || {
                let own = rayon::ThreadPoolBuilder::new()
                    .num_threads(1)
                    .use_current_thread();
                let own = own.build();
                loop {
                    let index = next.fetch_add(1, Ordering::SeqCst);
                    if index >= count {
                        break;
                    }
                    window.wait_for(index);
                    let processed = match &own {
                        Ok(_) => process(index),
                        Err(error) => Err(anyhow::anyhow!("cannot start threads: {error}")),
                    };
                    // Nobody listens any more: something failed.
                    if sender.send((index, processed)).is_err() {
                        break;
                    }
                }
            };
            // With those that the system gives: a few are enough, or this one alone.
            started += usize::from(thread::Builder::new().spawn_scoped(scope, work).is_ok());
        }
        drop(sender);
        if started == 0 {
            return (0..count).try_for_each(|index| take(process(index)?));
        }
        let taken = take_in_order(results, &window, &mut take);
        // Whoever waits shall find out that nobody listens.
        window.move_to(usize::MAX);
        taken
    })
}

fn take_in_order<T>(
    results: mpsc::Receiver<(usize, anyhow::Result<T>)>,
    window: &Window,
    take: &mut impl FnMut(T) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut waiting = BTreeMap::new();
    let mut taken = 0;
    for (index, processed) in results {
        waiting.insert(index, processed?);
        while let Some(processed) = waiting.remove(&taken) {
            take(processed)?;
            taken += 1;
            window.move_to(taken);
        }
    }
    Ok(())
}

/// How far ahead of the last one that was taken up the next ones may be begun.
struct Window {
    end: Mutex<usize>,
    moved: Condvar,
}

impl Window {
    fn wait_for(&self, index: usize) {
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.moved.wait_while(end, |end| index >= *end);
        drop(waited);
    }

    fn move_to(&self, taken: usize) {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        *end = taken.saturating_add(threads * AHEAD);
        self.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_all_of_them() {
        let mut taken = Vec::new();
        let process = |index: usize| Ok(index * 2);
        let take = |result| {
            taken.push(result);
            Ok(())
        };
        side_by_side(1000, &process, take).unwrap();
        assert!(taken.iter().copied().eq((0..1000).map(|index| index * 2)));
    }

    #[test]
    fn the_first_error_ends_it() {
        let begun = AtomicUsize::new(0);
        let process = |index: usize| {
            begun.fetch_add(1, Ordering::SeqCst);
            anyhow::ensure!(index != 3, "three");
            Ok(index)
        };
        let error = side_by_side(100_000, &process, |_| Ok(())).unwrap_err();
        assert_eq!(error.to_string(), "three");
        assert!(begun.load(Ordering::SeqCst) < 100_000);
    }
}
