//! Parses the names of condition operators. The module `evaluate::condition` applies an operator to values.

/// The meaning of a condition operator's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operator {
    /// Tests only whether the key is present.
    Null,
    Compare(Compare),
    /// A name this program does not know.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Compare {
    pub(crate) quantifier: Option<Quantifier>,
    pub(crate) comparison: Comparison,
    pub(crate) negated: bool,
    /// An absent key satisfies it.
    pub(crate) if_exists: bool,
}

/// The way in which the several values of a key in the request count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    All,
    Any,
}

/// The way in which one value of the request is compared with one value of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    String,
    StringIgnoringCase,
    StringLike,
    Numeric(Order),
    Date(Order),
    Bool,
    Binary,
    IpAddress,
    /// `ArnEquals` and `ArnLike`, which are equal.
    Arn,
}

/// The required order of the request's value relative to the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    pub(crate) fn named(name: &str) -> Self {
        if name == "Null" {
            return Self::Null;
        }
        let (quantifier, rest) = if let Some(rest) = name.strip_prefix("ForAllValues:") {
            (Some(Quantifier::All), rest)
        } else if let Some(rest) = name.strip_prefix("ForAnyValue:") {
            (Some(Quantifier::Any), rest)
        } else {
            (None, name)
        };
        let (rest, if_exists) = match rest.strip_suffix("IfExists") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        match comparison(rest) {
            Some((comparison, negated)) => {
                Self::Compare(Compare { quantifier, comparison, negated, if_exists })
            }
            None => Self::Unknown,
        }
    }
}

/// Returns the comparison of that name, and true if it is negated.
fn comparison(name: &str) -> Option<(Comparison, bool)> {
    Some(match name {
        "StringEquals" => (Comparison::String, false),
        "StringNotEquals" => (Comparison::String, true),
        "StringEqualsIgnoreCase" => (Comparison::StringIgnoringCase, false),
        "StringNotEqualsIgnoreCase" => (Comparison::StringIgnoringCase, true),
        "StringLike" => (Comparison::StringLike, false),
        "StringNotLike" => (Comparison::StringLike, true),
        "Bool" => (Comparison::Bool, false),
        "BinaryEquals" => (Comparison::Binary, false),
        "IpAddress" => (Comparison::IpAddress, false),
        "NotIpAddress" => (Comparison::IpAddress, true),
        "ArnEquals" | "ArnLike" => (Comparison::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Comparison::Arn, true),
        "NumericNotEquals" => (Comparison::Numeric(Order::Equal), true),
        "DateNotEquals" => (Comparison::Date(Order::Equal), true),
        _ => {
            if let Some(order) = name.strip_prefix("Numeric") {
                (Comparison::Numeric(order_named(order)?), false)
            } else {
                (Comparison::Date(order_named(name.strip_prefix("Date")?)?), false)
            }
        }
    })
}

fn order_named(name: &str) -> Option<Order> {
    Some(match name {
        "Equals" => Order::Equal,
        "LessThan" => Order::Less,
        "LessThanEquals" => Order::LessOrEqual,
        "GreaterThan" => Order::Greater,
        "GreaterThanEquals" => Order::GreaterOrEqual,
        _ => return None,
    })
}

impl Order {
    /// Returns true if the order of a value relative to the policy's value is the required one.
    pub(crate) fn admits(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}
