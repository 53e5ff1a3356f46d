//! What is known of a statement: it holds, it does not, or nobody knows.

/// Kleene's three values, the third with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    True,
    False,
    /// Why, as a clause.
    Unknown(String),
}

impl Truth {
    pub fn unknown(why: impl Into<String>) -> Self {
        Self::Unknown(why.into())
    }

    pub fn of(is: bool) -> Self {
        match is {
            true => Self::True,
            false => Self::False,
        }
    }

    /// Whether the opposite holds.
    pub fn negated(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            unknown @ Self::Unknown(_) => unknown,
        }
    }

    /// Whether all hold; of nothing they do.
    pub fn all(of: impl IntoIterator<Item = Self>) -> Self {
        let mut whole = Self::True;
        for one in of {
            match one {
                Self::True => {}
                Self::False => return Self::False,
                unknown @ Self::Unknown(_) => {
                    if whole == Self::True {
                        whole = unknown;
                    }
                }
            }
        }
        whole
    }

    /// Whether one holds; of nothing none does.
    pub fn any(of: impl IntoIterator<Item = Self>) -> Self {
        Self::all(of.into_iter().map(Self::negated)).negated()
    }
}
