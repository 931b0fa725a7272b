//! Faults of the kernel, which a tracer brings about. Linux alone has both.

use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case(
        "keyring_forbidden",
        "strace -f -q -o /dev/null -e inject=keyctl,add_key,request_key:error=EPERM awsesame login alice 123456",
    ),
    case(
        "keyring_full",
        "strace -f -q -o /dev/null -e inject=add_key:error=EDQUOT awsesame login alice $(cat code)",
    )
    .after(super::spare_code),
];
