//! Generates random policies for the tests that compare judgments. The sandbox's tests include this file too, so it may
//! need nothing but `serde_json`.

use serde_json::{Value, json};

/// A small generator of random numbers (xorshift, Marsaglia 2003): the same policies in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % sides
    }

    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len())]
    }

    fn some(&mut self, of: &[&str]) -> Vec<String> {
        let count = 1 + self.roll(3);
        (0..count).map(|_| (*self.one(of)).to_owned()).collect()
    }
}

pub(crate) const ACTIONS: [&str; 30] = [
    "*",
    "s3:*",
    "s3:Get*",
    "s3:GetObject",
    "s3:*Object",
    "s3:List*",
    "iam:*",
    "iam:Get*",
    "iam:*MFA*",
    "iam:EnableMFADevice",
    "iam:CreateVirtualMFADevice",
    "iam:ListMFADevices",
    "iam:PassRole",
    "iam:?reate*",
    "ec2:*",
    "ec2:Describe*",
    "ec2:RunInstances",
    "dynamodb:*",
    "dynamodb:Query",
    "dynamodb:B*Item",
    "sts:*",
    "sts:GetSessionToken",
    "sts:AssumeRole",
    "kms:Decrypt",
    "kms:*",
    "lambda:InvokeFunction",
    "sqs:*",
    "sns:Publish",
    "logs:Get*",
    "newthing:*",
];

const RESOURCES: [&str; 14] = [
    "*",
    "*",
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::data",
    "arn:aws:s3:::data/*",
    "arn:aws:s3:::${aws:username}/*",
    "arn:aws:iam::123456789012:user/${aws:username}",
    "arn:aws:iam::*:mfa/*",
    "arn:aws:iam::123456789012:role/a*",
    "arn:aws:dynamodb:*:*:table/public",
    "arn:aws:s3:::${aws:PrincipalTag/team}/*",
    "arn:aws:iam::123456789012:u*",
    "arn:aws:*:*:*:*",
];

/// Returns conditions, most of them about MFA.
fn condition(dice: &mut Dice) -> Value {
    let mfa = [
        json!({}),
        json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}}),
        json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
        json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
        json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}),
        json!({"Null": {"aws:MultiFactorAuthPresent": "true"}}),
        json!({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}),
        json!({"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "3600"}}),
        json!({"ForAnyValue:Bool": {"aws:MultiFactorAuthPresent": "false"}}),
        json!({"ForAllValues:BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
    ];
    let more = [
        ("Bool", json!({"aws:SecureTransport": "true"})),
        ("StringEquals", json!({"aws:RequestedRegion": ["eu-central-1", "us-east-1"]})),
        ("StringNotEquals", json!({"aws:RequestedRegion": "eu-central-1"})),
        ("IpAddress", json!({"aws:SourceIp": "192.0.2.0/24"})),
        ("StringLike", json!({"s3:prefix": ["home/*", "x"]})),
        ("StringNotLike", json!({"s3:prefix": "home/*"})),
        ("ForAllValues:StringEquals", json!({"aws:TagKeys": ["a", "b"]})),
        ("ForAnyValue:StringEquals", json!({"aws:TagKeys": ["a", "b"]})),
        ("DateGreaterThan", json!({"aws:CurrentTime": "2027-01-01T00:00:00Z"})),
        ("DateLessThan", json!({"aws:CurrentTime": "2027-01-01T00:00:00Z"})),
        ("NumericLessThan", json!({"s3:max-keys": "10"})),
        ("ArnLike", json!({"iam:PolicyARN": "arn:aws:iam::aws:policy/Read*"})),
        ("StringEquals", json!({"aws:PrincipalTag/team": "web"})),
        ("Null", json!({"aws:RequestTag/owner": "true"})),
    ];
    let mut condition = dice.one(&mfa).clone();
    if dice.roll(4) == 0 {
        let (operator, keys) = dice.one(&more);
        condition[*operator] = keys.clone();
    }
    condition
}

fn statement(dice: &mut Dice) -> Value {
    let effect = *dice.one(&["Allow", "Deny"]);
    let action = *dice.one(&["Action", "Action", "Action", "NotAction"]);
    let resource = *dice.one(&["Resource", "Resource", "Resource", "Resource", "NotResource"]);
    json!({
        "Effect": effect, action: dice.some(&ACTIONS), resource: dice.some(&RESOURCES),
        "Condition": condition(dice),
    })
}

/// Returns a random policy that often enforces MFA, or almost does.
pub(crate) fn random_policy(dice: &mut Dice) -> Value {
    let statements = (0..=dice.roll(3)).map(|_| statement(dice));
    let mut statements: Vec<Value> = statements.collect();
    if dice.roll(2) == 0 {
        statements.push(json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
    }
    if dice.roll(2) == 0 {
        statements.push(json!({"Effect": "Deny", *dice.one(&["NotAction", "Action"]): dice.some(&ACTIONS), "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}));
    }
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// Returns the factor by which the number of cases is multiplied.
pub(crate) fn scale() -> usize {
    if std::env::var_os("AWSESAME_LONG").is_some_and(|long| long == "1") { 50 } else { 1 }
}
