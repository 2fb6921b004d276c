//! A table of rules in; one enum with a switch per rule out, which only a build with the feature `mutants` can turn.

/// Makes `Rule` of a table of checks.
///
/// `Rule::X.on()` is `true` in every build that ships. With the feature `mutants` of the crate that holds the table, which only the
/// leak checker asks for, `switch_off` turns one of them off in the current thread: the leak checker shows that it would be missed.
#[macro_export]
#[doc(hidden)]
macro_rules! rules {
    ($about:literal; $($(#[doc = $doc:literal])* $name:ident,)*) => {
        #[doc = $about]
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[cfg_attr(not(feature = "mutants"), allow(unreachable_pub, reason = "the switches alone are for others"))]
        pub enum Rule {
            $($(#[doc = $doc])* $name,)*
        }

        impl Rule {
            /// Whether it holds.
            #[cfg(not(feature = "mutants"))]
            #[inline]
            pub(crate) const fn on(self) -> bool {
                true
            }

            /// Whether it holds.
            #[cfg(feature = "mutants")]
            pub(crate) fn on(self) -> bool {
                OFF.get() != Some(self)
            }
        }

        #[cfg(feature = "mutants")]
        impl Rule {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// What it says.
            #[must_use]
            pub const fn says(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($doc),*),)*
                }
            }
        }

        #[cfg(feature = "mutants")]
        thread_local! {
            static OFF: std::cell::Cell<Option<Rule>> = const { std::cell::Cell::new(None) };
        }

        /// Switches one rule off in this thread, or all on.
        #[cfg(feature = "mutants")]
        pub fn switch_off(rule: Option<Rule>) {
            OFF.set(rule);
        }
    };
}
