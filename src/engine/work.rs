//! The budget of a message: counted work, never the clock, so that judging it again comes to the same end.

/// What one message may cost: bytes passed over and candidates verified, never the clock, so that
/// judging a message again comes to the same end.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    left: usize,
}

/// There is no work left for this message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfWork;

impl Work {
    /// About 50 ms on a core of 2020.
    pub const LIMIT: usize = 25_000_000;

    /// The full amount.
    #[must_use]
    pub fn new() -> Self {
        Work { left: Self::LIMIT }
    }

    /// Takes some of it.
    ///
    /// # Errors
    /// Where there is not so much left.
    pub fn spend(&mut self, amount: usize) -> Result<(), OutOfWork> {
        self.left = self.left.checked_sub(amount).ok_or(OutOfWork)?;
        Ok(())
    }
}

impl Default for Work {
    fn default() -> Self {
        Self::new()
    }
}
