//! Declares enums whose values have text codes, for a closed set such as the pay methods.

/// Declares an enum and the code of each of its values, which stands for it in the database, in forms, in URLs or in
/// logs:
///
/// ```text
/// codes! {
///     pub enum Size {
///         /// For one person.
///         Small = "small",
///         Large = "large",
///     }
/// }
/// ```
///
/// Two values with the same code fail to compile.
macro_rules! codes {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$about:meta])* $value:ident = $code:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis enum $name {
            $($(#[$about])* $value,)+
        }

        #[allow(dead_code, reason = "not every set of values needs all of these")]
        impl $name {
            /// All values, in the order in which pages offer them.
            $vis const ALL: [Self; [$($code),+].len()] = [$(Self::$value),+];

            /// The codes of [`Self::ALL`], in its order.
            $vis const CODES: [&'static str; Self::ALL.len()] = [$($code),+];

            $vis const fn code(self) -> &'static str {
                match self {
                    $(Self::$value => $code,)+
                }
            }

            /// Returns the value with this code; `None` if no value has it.
            #[deny(unreachable_patterns, reason = "two values would have the same code")]
            $vis fn from_code(code: &str) -> Option<Self> {
                match code {
                    $($code => Some(Self::$value),)+
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use codes;

#[cfg(test)]
mod tests {
    codes! {
        pub(super) enum Size {
            Small = "small",
            Large = "large",
        }
    }

    #[test]
    fn a_code_stands_for_one_value_and_an_unknown_one_for_none() {
        for size in Size::ALL {
            assert_eq!(Size::from_code(size.code()), Some(size));
        }
        assert_eq!(Size::CODES, ["small", "large"]);
        for unknown in ["", "Small", "small ", "medium"] {
            assert_eq!(Size::from_code(unknown), None, "{unknown}");
        }
    }
}
