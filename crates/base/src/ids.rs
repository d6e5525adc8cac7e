//! Typed indices: an index of one table cannot be used on another.

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub usize);

        impl $name {
            /// The position in the list that the identifier points into, from 0.
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
