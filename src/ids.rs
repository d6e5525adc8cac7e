//! Typed indices: an index of one table cannot be used on another.

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub usize);

        impl $name {
            #[must_use]
            pub fn index(self) -> usize {
                self.0
            }
        }
    )*};
}

index! {
    /// A regime (shared state of the world) of a scenario.
    RegimeId,
    /// A calendar of a scenario.
    CalendarId,
}
