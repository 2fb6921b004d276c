//! Engines of all parties of one session in, all of them idle out: in one thread, over no link.

use crate::{Abort, Engine, PartyIdx, Progress};

/// Polls all engines in turn and moves their frames until each is idle.
///
/// # Errors
/// The first [`Abort`] of a party.
///
/// # Panics
/// If a party waits for a frame that no peer sent although all have been polled: their programs differ.
pub fn drive(engines: &mut [Box<dyn Engine>]) -> Result<(), Abort> {
    loop {
        let mut idle = true;
        for engine in engines.iter_mut() {
            idle &= engine.poll()? == Progress::Idle;
        }
        if idle {
            return Ok(());
        }
        exchange(engines)?;
    }
}

/// Hands every frame that waits to its receiver.
fn exchange(engines: &mut [Box<dyn Engine>]) -> Result<(), Abort> {
    for to in 0..engines.len() {
        for from in 0..engines.len() {
            let (sender, receiver) = (PartyIdx(from as u8), PartyIdx(to as u8));
            while from != to && engines[to].awaits(sender) {
                let frame = engines[from].take_frame(receiver).expect("a party that is awaited has sent its frame");
                engines[to].deliver_owned(sender, frame)?;
            }
        }
    }
    Ok(())
}
