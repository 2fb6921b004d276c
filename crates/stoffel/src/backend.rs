//! Names of backends and numbers of parties in, checked choices out.

use stoffel_value::ScalarOp;

use crate::error::Error;
use crate::names::nearest;

/// An engine that programs run on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Backend(stoffel_mpc::Backend);

impl Backend {
    /// The reference engine: one party, values in the open.
    pub const CLEAR: Self = Self(stoffel_mpc::Backend::Clear);
    /// Three parties, replicated sharing.
    pub const REP3: Self = Self(stoffel_mpc::Backend::Rep3);
    /// Every backend, the reference engine first.
    pub const ALL: [Self; 2] = [Self::CLEAR, Self::REP3];

    /// The backend with a name.
    ///
    /// # Errors
    /// If there is none, with the nearest name.
    pub fn parse(name: &str) -> Result<Self, Error> {
        let known = || Self::ALL.iter().map(|backend| backend.name());
        Self::ALL.iter().copied().find(|backend| backend.name() == name).ok_or_else(|| {
            let hint = nearest(name, known()).map_or_else(
                || format!("known: {}", known().collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            Error::Usage(format!("unknown backend `{name}`; {hint}"))
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Which operations it has.
    pub(crate) fn supports(self) -> fn(ScalarOp, &[bool]) -> bool {
        match self.0 {
            stoffel_mpc::Backend::Clear => |op, public| stoffel_mpc::Backend::Clear.supports(op, public),
            stoffel_mpc::Backend::Rep3 => |op, public| stoffel_mpc::Backend::Rep3.supports(op, public),
        }
    }

    /// The engine's own name for it.
    pub(crate) fn inner(self) -> stoffel_mpc::Backend {
        self.0
    }
}
