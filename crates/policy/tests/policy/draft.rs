//! Tests the policies that awsesame drafts, each judged like any other.

use awsesame_policy::{
    Context, Credential, Decision, Draft, Measure, Outcome, Policies, Policy, Principal, Proof, Purpose,
    Request, Verdict, Whose, closed_by, decide, evaluate_trust, findings, table,
};
use serde_json::json;

use crate::decide::NOW;
use crate::{alice, context, policy};

fn measure() -> Measure {
    Measure { partition: "aws".into(), account: None, user: None }
}

fn draft(purpose: Purpose, measure: &Measure) -> Policy {
    let json = Draft::new(purpose, measure).json();
    let policy = Policy::parse(&json).unwrap_or_else(|error| panic!("{error} in {json}"));
    // The draft for enrollment leaves enrollment open, and the finding says so.
    let found = findings(&policy, &json, &alice());
    let words: Vec<&str> = found.iter().map(|finding| finding.flaw.word()).collect();
    let expected: &[&str] = match purpose {
        Purpose::Enrollment => &["leaves_enrollment"],
        // It is about users, and says so.
        Purpose::Organization => &["asks_for_more"],
        _ => &[],
    };
    assert_eq!(words, expected, "{json}");
    policy
}

fn proof(identity: &[&Policy]) -> Proof {
    decide(&Policies::of(identity), &alice(), NOW)
}

#[test]
fn each_enforces_mfa_and_that_for_enrollment_but_for_it() {
    let everything = policy(&json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}));
    for (purpose, expected) in [
        (Purpose::SelfService, Verdict::Enforced),
        (Purpose::MaxAge(3600), Verdict::Enforced),
        (Purpose::Enrollment, Verdict::ButForEnrollment),
    ] {
        let draft = draft(purpose, &measure());
        let proof = proof(&[&everything, &draft]);
        assert_eq!((proof.verdict, proof.rests_on_allow), (expected, false), "{purpose:?}");
    }
    let admin = proof(&[&draft(Purpose::AdminGroup, &measure())]);
    assert_eq!((admin.verdict, admin.rests_on_allow), (Verdict::Enforced, true));
}

#[test]
fn who_has_only_these_can_enroll_at_the_time_for_it_and_later_keep_keys() {
    let named = Measure {
        partition: "aws-us-gov".into(),
        account: Some("123456789012".into()),
        user: Some("alice".into()),
    };
    for (measure, partition) in [(measure(), "aws"), (named, "aws-us-gov")] {
        for (purpose, enrolls) in [(Purpose::Enrollment, true), (Purpose::SelfService, false)] {
            let policy = draft(purpose, &measure);
            let subject = awsesame_policy::Subject { partition: partition.into(), ..alice() };
            let rows = table(&Policies::of(&[&policy]), &subject);
            for (action, name, bare, fresh) in [
                ("iam:CreateVirtualMFADevice", "mfa/alice", enrolls, true),
                ("iam:EnableMFADevice", "user/alice", enrolls, true),
                ("iam:ListMFADevices", "user/alice", true, true),
                ("iam:CreateAccessKey", "user/alice", false, true),
                ("iam:DeactivateMFADevice", "user/alice", false, true),
                ("s3:ListAllMyBuckets", "*", false, false),
            ] {
                let mut rows = rows.iter().filter(|row| row.act.action == action);
                let row = rows.find(|row| row.act.resource.ends_with(name)).expect(action);
                let allowed = |credential| *row.with(credential) == Outcome::Allowed;
                let both = (allowed(Credential::BareKey), allowed(Credential::FreshMfa));
                assert_eq!(both, (bare, fresh), "{action} on {name} under {purpose:?}");
            }
        }
    }
}

#[test]
fn a_boundary_and_a_policy_of_the_organization_enforce_it_whatever_is_allowed() {
    let everything = policy(&json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}));
    let own: &[&Policy] = &[&everything];
    let limit = draft(Purpose::Boundary, &measure());
    let within = Policies { boundary: Some(&limit), ..Policies::of(own) };
    let level = draft(Purpose::Organization, &measure());
    let under = Policies { organization: &[&[&everything, &level]], ..Policies::of(own) };
    for policies in [within, under] {
        let proof = decide(&policies, &alice(), NOW);
        assert_eq!((proof.verdict, proof.rests_on_allow), (Verdict::Enforced, false));
        // With a code everything works.
        let rows = table(&policies, &alice());
        assert!(rows.iter().all(|row| *row.with(Credential::FreshMfa) == Outcome::Allowed));
    }
    // A role has no MFA of its own: the organization's policy is not about it.
    let rows = table(&under, &alice());
    let other = rows.iter().find(|row| row.act.action == "iam:CreateUser").expect("it is tried");
    assert_ne!(*other.with(Credential::Role), Outcome::Refused);
}

#[test]
fn what_closes_a_way_around_is_proven_before_it_is_named() {
    let everything = policy(&json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}));
    let own: &[&Policy] = &[&everything];
    let both = [Purpose::Boundary, Purpose::Organization];
    assert_eq!(closed_by(&Policies::of(own), &alice(), Whose::Known, NOW), both);
    // A boundary keeps its meaning: text in the old language version must not become variables beside the draft.
    let narrow = |version: &str| {
        policy(
            &json!({"Version": version, "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}),
        )
    };
    for (version, expected) in [("2012-10-17", &both[..]), ("2008-10-17", &both[1..])] {
        let limit = narrow(version);
        let within = Policies { boundary: Some(&limit), ..Policies::of(own) };
        assert_eq!(closed_by(&within, &alice(), Whose::Known, NOW), expected, "{version}");
    }
    // Nothing is proven of policies of which one cannot be read for certain.
    let odd = policy(&json!({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"Riddle": {"aws:username": "x"}}}}));
    assert_eq!(closed_by(&Policies::of(&[&everything, &odd]), &alice(), Whose::Known, NOW), []);
}

#[test]
fn a_limit_of_age_is_kept() {
    let everything = policy(&json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}));
    let limit = draft(Purpose::MaxAge(900), &measure());
    for (age, expected) in [("900", Decision::Allow), ("901", Decision::ExplicitDeny)] {
        let context = context(&[("aws:MultiFactorAuthPresent", "true"), ("aws:MultiFactorAuthAge", age)]);
        let request =
            Request { action: "s3:ListAllMyBuckets", resource: "*", principal: None, context: &context };
        assert_eq!(awsesame_policy::evaluate(&[&everything, &limit], &request), expected);
    }
}

#[test]
fn a_role_is_trusted_to_nobody_without_mfa() {
    let measure = Measure { account: Some("123456789012".into()), ..measure() };
    let trust = draft(Purpose::RoleTrust, &measure);
    let caller =
        Principal { arn: "arn:aws:iam::123456789012:user/alice".into(), account: "123456789012".into() };
    let asked = |context: &Context| {
        let request = Request {
            action: "sts:AssumeRole",
            resource: "arn:aws:iam::123456789012:role/deploy",
            principal: Some(&caller),
            context,
        };
        evaluate_trust(&trust, &request)
    };
    assert_eq!(asked(&context(&[("aws:MultiFactorAuthPresent", "true")])), Decision::Allow);
    assert_eq!(asked(&context(&[("aws:MultiFactorAuthPresent", "false")])), Decision::ImplicitDeny);
    assert_eq!(asked(&context(&[])), Decision::ImplicitDeny);
}

#[test]
fn json_and_terraform_are_laid_out_as_people_expect() {
    let draft = Draft::new(Purpose::AdminGroup, &measure());
    assert_eq!(
        draft.json(),
        r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "EverythingWithMfa",
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*",
      "Condition": {
        "Bool": {
          "aws:MultiFactorAuthPresent": "true"
        }
      }
    }
  ]
}
"#
    );
    assert_eq!(
        draft.hcl(),
        r#"resource "aws_iam_policy" "awsesame_admin_with_mfa" {
  name   = "awsesame-admin-with-mfa"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "EverythingWithMfa"
        Effect   = "Allow"
        Action   = "*"
        Resource = "*"
        Condition = {
          Bool = {
            "aws:MultiFactorAuthPresent" = "true"
          }
        }
      }
    ]
  })
}
"#
    );
}
