//! The names of faults for programs: in `--json`, and in the broker's answers. Scripts rely on them, so each one is
//! written here and in lines.txt. A variant can be renamed without a change to its name.

use super::{
    AuditFault, BrokerFault, ConsoleFault, Fault, PolicyFault, RotateFault, SigninFault, SourceFault,
};

impl Fault {
    /// Returns the fault's name for programs, as `login_needed`.
    #[expect(clippy::too_many_lines, reason = "a table, one line for each fault")]
    pub fn slug(&self) -> &str {
        match self {
            Self::UnknownProfile { .. } => "unknown_profile",
            Self::SourceMissing { .. } => "source_missing",
            Self::SourceLoop { .. } => "source_loop",
            Self::HalfKey { .. } => "half_key",
            Self::HalfEnvironmentKey { .. } => "half_environment_key",
            Self::NoCredentials { .. } => "no_credentials",
            Self::RoleWithoutSource { .. } => "role_without_source",
            Self::SourceWithoutRole { .. } => "source_without_role",
            Self::OtherHead { .. } => "other_head",
            Self::TwoSources { .. } => "two_sources",
            Self::SourceEnvironmentEmpty { .. } => "source_environment_empty",
            Self::SessionCredentials { .. } => "session_credentials",
            Self::Unsupported { .. } => "unsupported",
            Self::NoKeyPrinted { .. } => "no_key_printed",
            Self::BadSetting { .. } => "bad_setting",
            Self::ChainedTooLong { .. } => "chained_too_long",
            Self::NoProfileNamed { .. } => "no_profile_named",
            Self::KeyInRotation { .. } => "key_in_rotation",
            Self::DefaultIncomplete { .. } => "default_incomplete",
            Self::ProfileTaken { .. } => "profile_taken",
            Self::ConfigBroken { .. } => "config_broken",
            Self::ConfigUnreadable { .. } => "config_unreadable",
            Self::ConfigSyntax { .. } => "config_syntax",
            Self::ConfigUnknownKey { .. } => "config_unknown_key",
            Self::ConfigValue { .. } => "config_value",
            Self::BadPolicy { .. } => "bad_policy",
            Self::ShapedElsewhere { .. } => "shaped_elsewhere",
            Self::BadKey { .. } => "bad_key",
            Self::StoreForgets { .. } => "store_forgets",
            Self::KeyListBroken { .. } => "key_list_broken",
            Self::NewerFile { .. } => "newer_file",
            Self::KeyLost { .. } => "key_lost",
            Self::KeyDiffers { .. } => "key_differs",
            Self::SeveralKeys { .. } => "several_keys",
            Self::NoKeyInFiles { .. } => "no_key_in_files",
            Self::NoKeyInStore { .. } => "no_key_in_store",
            Self::ChangedMeanwhile { .. } => "changed_meanwhile",
            Self::NeedsTerminal { .. } => "needs_terminal",
            Self::NotConfirmed { .. } => "not_confirmed",
            Self::BadCode { .. } => "bad_code",
            Self::CodeSpent { .. } => "code_spent",
            Self::CodeRefused { .. } => "code_refused",
            Self::WrongSerial { .. } => "wrong_serial",
            Self::DeviceElsewhere { .. } => "device_elsewhere",
            Self::FidoOnly { .. } => "fido_only",
            Self::NoDevice { .. } => "no_device",
            Self::DeviceThere { .. } => "device_there",
            Self::DeviceQuota { .. } => "device_quota",
            Self::DeviceUnknown { .. } => "device_unknown",
            Self::LastDevice { .. } => "last_device",
            Self::PairRefused { .. } => "pair_refused",
            Self::DevicesUnknown { .. } => "devices_unknown",
            Self::UnknownCodeSource { .. } => "unknown_code_source",
            Self::CodeSourceUnset { .. } => "code_source_unset",
            Self::NoCode { .. } => "no_code",
            Self::NoToken { .. } => "no_token",
            Self::AccountMissing { .. } => "account_missing",
            Self::AccountUnclear { .. } => "account_unclear",
            Self::NoSeed { .. } => "no_seed",
            Self::BadSeed { .. } => "bad_seed",
            Self::SeedInTheClear { .. } => "seed_in_the_clear",
            Self::CodesAreTyped { .. } => "codes_are_typed",
            Self::Cancelled { .. } => "cancelled",
            Self::PromptTimeout { .. } => "prompt_timeout",
            Self::OtherGaveUp { .. } => "other_gave_up",
            Self::StillWaiting { .. } => "still_waiting",
            Self::LockHeld { .. } => "lock_held",
            Self::ClockSkew { .. } => "clock_skew",
            Self::ClockUnknown => "clock_unknown",
            Self::KeyRejected { .. } => "key_rejected",
            Self::SecretRejected { .. } => "secret_rejected",
            Self::SessionInherited { .. } => "session_inherited",
            Self::SessionRejected { .. } => "session_rejected",
            Self::IamWithoutMfa { .. } => "iam_without_mfa",
            Self::Chaining { .. } => "chaining",
            Self::DurationOutOfRange { .. } => "duration_out_of_range",
            Self::RoleDenied { .. } => "role_denied",
            Self::TermsRefused { .. } => "terms_refused",
            Self::Denied { .. } => "denied",
            Self::NoContainer => "no_container",
            Self::ContainerAddress { .. } => "container_address",
            Self::MachineSilent { .. } => "machine_silent",
            Self::NoMfaHere { .. } => "no_mfa_here",
            Self::NoNetwork { .. } => "no_network",
            Self::Timeout { .. } => "timeout",
            Self::Tls { .. } => "tls",
            Self::NoTls { .. } => "no_tls",
            Self::CaBundle { .. } => "ca_bundle",
            Self::Proxy { .. } => "proxy",
            Self::ProxyLogin { .. } => "proxy_login",
            Self::NotAws { .. } => "not_aws",
            Self::Throttled { .. } => "throttled",
            Self::Aws { .. } => "aws",
            Self::LoginNeeded { .. } => "login_needed",
            Self::PinnedAccount { .. } => "pinned_account",
            Self::PinnedRole { .. } => "pinned_role",
            Self::KeyringForbidden { .. } => "keyring_forbidden",
            Self::KeyringFull => "keyring_full",
            Self::KeyringAbsent => "keyring_absent",
            Self::UnknownStore { .. } => "unknown_store",
            Self::StoreLocked { .. } => "store_locked",
            Self::NoKeyring { .. } => "no_keyring",
            Self::Dismissed { .. } => "dismissed",
            Self::TokenLocked { .. } => "token_locked",
            Self::StoreElsewhere { .. } => "store_elsewhere",
            Self::BusAbsent { .. } => "bus_absent",
            Self::KeeperAbsent { .. } => "keeper_absent",
            Self::StoreUnset { .. } => "store_unset",
            Self::StoreFailed { .. } => "store_failed",
            Self::StoreGarbage { .. } => "store_garbage",
            Self::StoreBroken { .. } => "store_broken",
            Self::Audit(fault) => fault.slug(),
            Self::Broker(fault) => fault.slug(),
            Self::Console(fault) => fault.slug(),
            Self::Policy(fault) => fault.slug(),
            Self::Rotate(fault) => fault.slug(),
            Self::Signin(fault) => fault.slug(),
            Self::Source(fault) => fault.slug(),
            Self::StoreKeyReplaced { .. } => "store_key_replaced",
            Self::NoHome { .. } => "no_home",
            Self::RelativeHome { .. } => "relative_home",
            Self::TooOpen { .. } => "too_open",
            Self::NotAFile { .. } => "not_a_file",
            Self::NotAFolder { .. } => "not_a_folder",
            Self::LinkedFolder { .. } => "linked_folder",
            Self::OpenFolder { .. } => "open_folder",
            Self::ForeignHome { .. } => "foreign_home",
            Self::NotOurs { .. } => "not_ours",
            Self::Unreadable { .. } => "unreadable",
            Self::Unwritable { .. } => "unwritable",
            Self::PlaceUnfit { .. } => "place_unfit",
            Self::Output { .. } => "output",
            Self::LimitReached { .. } => "limit_reached",
            Self::CannotRun { .. } => "cannot_run",
            Self::ProgramHung { .. } => "program_hung",
            Self::ProgramFailed { .. } => "program_failed",
            Self::ProcessNeedsProfile => "process_needs_profile",
            Self::BadValue { .. } => "bad_value",
            Self::UnknownField { .. } => "unknown_field",
            Self::Bug { .. } => "bug",
        }
    }
}

impl AuditFault {
    fn slug(&self) -> &'static str {
        match self {
            Self::AccountList { .. } => "audit_account_list",
            Self::NoAccounts { .. } => "audit_no_accounts",
            Self::NoOrganization { .. } => "audit_no_organization",
            Self::ReportLate { .. } => "audit_report_late",
            Self::ReportBroken { .. } => "audit_report_broken",
            Self::Incomplete { .. } => "audit_incomplete",
            Self::Found { .. } => "audit_found",
        }
    }
}

impl BrokerFault {
    fn slug(&self) -> &str {
        match self {
            Self::Runs { .. } => "broker_runs",
            Self::PortTaken { .. } => "broker_port_taken",
            Self::Silent { .. } => "broker_silent",
            Self::Stopped => "broker_stopped",
            Self::OutOfReach => "broker_out_of_reach",
            Self::Mute { .. } => "broker_mute",
            Self::OtherVersion { .. } => "broker_other_version",
            Self::Away { .. } => "broker_away",
            // The broker of another machine has named the fault already.
            Self::Refuses { slug, .. } => slug,
            Self::Failed { .. } => "broker_failed",
            Self::Unshared { .. } => "broker_unshared",
            Self::NeedsProfile => "broker_needs_profile",
            Self::NotASocket { .. } => "broker_not_a_socket",
        }
    }
}

impl ConsoleFault {
    fn slug(&self) -> &'static str {
        match self {
            Self::NeedsRole { .. } => "console_needs_role",
            Self::Partition { .. } => "console_partition",
            Self::Service { .. } => "console_service",
            Self::Endpoint { .. } => "console_endpoint",
            Self::Elsewhere { .. } => "console_elsewhere",
            Self::Refused { .. } => "console_refused",
            Self::NoBrowser { .. } => "console_no_browser",
            Self::NotOpened { .. } => "console_not_opened",
        }
    }
}

impl PolicyFault {
    fn slug(&self) -> &'static str {
        match self {
            Self::NeedsTerminal { .. } => "policy_needs_terminal",
            Self::Broken { .. } => "policy_broken",
            Self::NotEnforced { .. } => "policy_not_forced",
            Self::ProvenOpen { .. } => "policy_proven_open",
            Self::NoProof { .. } => "policy_no_proof",
            Self::Unsure { .. } => "policy_unsure",
            Self::EnrollmentOpen { .. } => "policy_enrollment_open",
            Self::NotStrict { .. } => "policy_not_strict",
        }
    }
}

impl RotateFault {
    fn slug(&self) -> &'static str {
        match self {
            Self::Full { .. } => "rotate_full",
            Self::NoSuchKey { .. } => "rotate_no_such_key",
            Self::InEnvironment { .. } => "rotate_in_environment",
            Self::Printed { .. } => "rotate_printed",
            Self::OldDead { .. } => "rotate_old_dead",
            Self::NewDead { .. } => "rotate_new_dead",
            Self::Unproven { .. } => "rotate_unproven",
            Self::NotAllowed { .. } => "rotate_not_allowed",
            Self::NothingToUndo { .. } => "rotate_nothing_to_undo",
        }
    }
}

impl SigninFault {
    fn slug(&self) -> &'static str {
        match self {
            Self::NoSection { .. } => "signin_no_section",
            Self::Lacks { .. } => "signin_lacks",
            Self::Differs { .. } => "signin_differs",
            Self::HoldsOther { .. } => "signin_holds_other",
            Self::NotByBrowser { .. } => "signin_not_by_browser",
            Self::StartUrl { .. } => "signin_start_url",
            Self::UnknownSession { .. } => "signin_unknown_session",
            Self::Declined { .. } => "signin_declined",
            Self::Abandoned { .. } => "signin_abandoned",
            Self::GivenUp { .. } => "signin_given_up",
            Self::Pasted { .. } => "signin_pasted",
            Self::CodeLapsed { .. } => "signin_code_lapsed",
            Self::OtherIdentity { .. } => "signin_other_identity",
            Self::Over { .. } => "signin_over",
            Self::NotPermitted { .. } => "signin_not_permitted",
            Self::Invalid { .. } => "signin_invalid",
            Self::NotAssigned { .. } => "signin_not_assigned",
            Self::Busy { .. } => "signin_busy",
            Self::Refused { .. } => "signin_refused",
            Self::Strange { .. } => "signin_strange",
            Self::MfaUnknown { .. } => "signin_mfa_unknown",
        }
    }
}

impl SourceFault {
    fn slug(&self) -> &'static str {
        match self {
            Self::NoRole { .. } => "source_no_role",
            Self::NoRoleBesideToken => "source_no_role_beside_token",
            Self::NoTerms { .. } => "source_no_terms",
            Self::NoTokenInFile { .. } => "source_no_token_in_file",
            Self::NoTokenPrinted { .. } => "source_no_token_printed",
            Self::TokenRefused { .. } => "source_token_refused",
            Self::NotTrusted { .. } => "source_not_trusted",
            Self::NoSessionPrinted { .. } => "source_no_session_printed",
            Self::KeyWithoutDevice { .. } => "source_key_without_device",
            Self::MfaUnknown { .. } => "source_mfa_unknown",
        }
    }
}
