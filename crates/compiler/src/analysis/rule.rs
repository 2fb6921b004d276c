//! A rule of secrecy in; whether it holds out: always, in every build that ships.
//!
//! Each row names one check of the analysis that keeps secrets secret, as a noun. With the feature `mutants`, which only the leak
//! checker asks for, one of them can be switched off in the current thread: the leak checker shows that it would be missed.

stoffel_bytecode::rules! {
    "A check that keeps secrets secret.";
    /// A secret scalar does not become public.
    Scalar,
    /// A secret enum does not become public.
    Enumeration,
    /// A share does not become public.
    ShareHandle,
    /// A list of secrets does not become a public one.
    ListElement,
    /// Secret values of a dict do not become public.
    DictValue,
    /// A member of a tuple does not become public.
    TupleMember,
    /// What an optional holds does not become public.
    OptionalContent,
    /// An array of secrets does not become a public one.
    ArrayElement,
    /// The secret view of an object does not become the object.
    View,
    /// A function of secret arguments does not become one of public ones, nor the reverse.
    FunctionArgument,
    /// A function with a secret result does not become one with a public result.
    FunctionResult,
    /// An operation with a secret operand has a secret result.
    Operand,
    /// A comparison with a secret operand is secret.
    Comparison,
    /// A public variable is not assigned where a secret chooses.
    ChosenVariable,
    /// An un-annotated variable that is assigned where a secret chooses becomes secret.
    ChosenVariableRises,
    /// Public elements and fields are not assigned where a secret chooses.
    ChosenElement,
    /// A result that a secret chooses is secret.
    ChosenResult,
    /// The sides of a conditional are bodies that a secret chooses.
    ChosenSide,
    /// Functions called where a secret chooses run under its condition.
    ChosenCall,
    /// A variable of the surrounding function is not assigned by one that is called where a secret chooses.
    ChosenCapture,
    /// The length of a list does not change where a secret chooses.
    ChosenLength,
    /// The keys of a dict do not change where a secret chooses.
    ChosenKeys,
    /// The order of a public list does not change where a secret chooses.
    ChosenOrder,
    /// No `break` or `continue` where a secret chooses.
    ChosenBreak,
    /// No `return` where a secret chooses, unless all branches return.
    ChosenReturn,
    /// No `while` where a secret chooses.
    ChosenWhile,
    /// No `assert` where a secret chooses.
    ChosenAssert,
    /// No `assert_close` where a secret chooses.
    ChosenAssertClose,
    /// No `expect_trap` where a secret chooses.
    ChosenTrap,
    /// No `print` where a secret chooses.
    ChosenPrint,
    /// No reveal where a secret chooses.
    ChosenReveal,
    /// No opening of a share where a secret chooses.
    ChosenOpening,
    /// No output to a role where a secret chooses.
    ChosenOutput,
    /// No output to a slot where a secret chooses.
    ChosenDelivery,
    /// No storage where a secret chooses.
    ChosenStorage,
    /// No broadcast where a secret chooses.
    ChosenBroadcast,
    /// No call of an unknown function where a secret chooses.
    ChosenTarget,
    /// What a function does is reported at a call where a secret chooses.
    CalleeEffect,
    /// What a function does through others is reported, too.
    DistantEffect,
    /// No recursion through a branch that a secret chooses.
    Recursion,
    /// A variable that was given an older container is not created inside.
    StaleVariable,
    /// The result of a function that gives an older container is not created inside.
    StaleResult,
    /// A parameter that is given an older container is not created inside.
    StaleParameter,
    /// What a container or object refers to is not created inside.
    StaleContent,
    /// The condition of `while` is public.
    WhileCondition,
    /// The condition of `assert` is public.
    AssertCondition,
    /// What `assert_close` compares is public.
    AssertCloseOperand,
    /// The filter of a comprehension is public.
    Filter,
    /// The patterns of a public `match` are public.
    Pattern,
    /// The bounds of a range are public.
    RangeBound,
    /// The bounds of a slice are public.
    SliceBound,
    /// Repeat counts are public.
    RepeatCount,
    /// Arguments that are lengths or positions are public.
    Length,
    /// Shapes and axes are public.
    Shape,
    /// The mask of an array is public.
    Mask,
    /// Exponents are public.
    Exponent,
    /// The index of a string is public.
    StringIndex,
    /// A key is public where there is no scan.
    DictKey,
    /// A public list takes no secret index as a target.
    ScanTarget,
    /// A public array takes no secret index as a target.
    ArrayTarget,
    /// A public dict takes no secret key as a target.
    DictTarget,
    /// A secret key does not order a public list.
    SortKey,
    /// A secret value is not removed by what it is.
    Removal,
    /// A value that differs between parties steers nothing.
    LocalSteering,
    /// A value that differs between parties enters nothing common.
    LocalEntering,
    /// Only some statements stand in a branch that only some parties take.
    LocalBranch,
    /// What a call gives of a party-local argument is party-local.
    LocalResult,
    /// A variable that was given a party-local value is party-local.
    LocalVariable,
}

impl Rule {
    /// What becomes of a value that the rule would keep secret.
    #[inline]
    pub(super) fn judge(self, fit: super::ty::Fit) -> super::ty::Fit {
        if fit == super::ty::Fit::Leak && !self.on() { super::ty::Fit::Same } else { fit }
    }
}

/// Whether every rule holds. If not, what the compiler makes is for the verifier to refuse.
pub(crate) fn all_on() -> bool {
    #[cfg(feature = "mutants")]
    return OFF.get().is_none();
    #[cfg(not(feature = "mutants"))]
    true
}

/// The rule that is switched off in this thread: what a compilation hands to its own thread.
#[cfg(feature = "mutants")]
pub(crate) fn switched_off() -> Option<Rule> {
    OFF.get()
}
