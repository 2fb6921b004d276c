//! A rule of the verifier in; whether it holds out: always, in every build that ships.
//!
//! Each row names one check that keeps secrets secret, or manifests true. With the feature `mutants`, which only the leak checker
//! asks for, one of them can be switched off in the current thread: the leak checker shows that it would be missed.

crate::rules! {
    "A check of the verifier.";
    /// A reference flows between equal types only.
    ReferenceFlow,
    /// What is read from or put into a list is of its element type, secrecy included.
    ListElement,
    /// Arguments and results of a call are those of its function.
    CallSignature,
    /// A function value has the signature that its type says.
    FunctionValue,
    /// What a function returns is what it promises.
    ReturnSignature,
    /// A disclosure is of the kind that its row lists.
    DisclosureKind,
    /// A disclosure is of the type that its row lists.
    DisclosureType,
    /// A disclosure goes to those whom its row lists.
    DisclosureReceivers,
    /// A ticket promises the format that is opened.
    TicketFormat,
    /// An opened container has the form of what was secret.
    OpenedForm,
    /// What is made secret keeps its form.
    HiddenForm,
    /// A delivery goes to a role or slot.
    DeliveryReceivers,
    /// What is stored and holds secrets is listed.
    KeptListed,
    /// A result with receivers is disclosed, one without is not.
    ResultListed,
    /// An array operation with a secret operand writes secrets.
    ArrayResult,
    /// A secret index changes no public array.
    ArrayTarget,
    /// What is compared or searched holds no secret.
    ComparedContent,
    /// A secret index changes no public list.
    ListTarget,
    /// A secret chooses between values that are all secret.
    SelectedContent,
    /// What chooses and guards is a secret bool.
    Condition,
    /// A register is written before it is read.
    Initialised,
    /// Guards nest.
    GuardNesting,
    /// Every result is given once.
    ResultOnce,
    /// A parameter with secrets has a role, a public one has none.
    InputRole,
    /// What of a client's parameter is public is listed.
    InputListed,
    /// Every listed disclosure happens somewhere.
    DisclosureUsed,
    /// No secret goes to everyone as a result.
    ResultPublic,
    /// The needs list every secret operation.
    NeedsListed,
    /// An object type tells truly whether it holds secrets.
    ObjectMark,
}
