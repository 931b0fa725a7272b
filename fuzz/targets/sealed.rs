//! Any header and any credentials are sealed and opened. They come back unchanged, and every changed byte is noticed.
#![no_main]

use awsesame_core::name::secret::Secret;
use awsesame_core::name::{AccessKeyId, AccountId, ProfileName, Subject};
use awsesame_core::render::{Exports, Format, process};
use awsesame_core::session::seal::{self, DataKey, KEY_BYTES, NONCE_BYTES, SealedBy, SealedSession};
use awsesame_core::session::{Credentials, FileStamp, FileState, Header, Inputs, Keyring, Kind};
use libfuzzer_sys::{arbitrary, fuzz_target};

/// A path, and the content at that path.
type Stamp = (String, Option<(i128, u64, u64)>);

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    name: String,
    of_environment: bool,
    texts: [String; 6],
    maybe: [Option<String>; 8],
    times: [i64; 2],
    mfa_at: Option<i64>,
    stamps: Vec<Stamp>,
    /// The namespace, and whether the machine has an id.
    keyring: Option<(u64, bool)>,
    change: (u16, u8),
}

fuzz_target!(|input: Input| {
    let [account, arn, id, root, store, secret] = input.texts;
    let [region, endpoint, master_key, mfa_arn, input_endpoint, role, token_file, role_arn] = input.maybe;
    let key = DataKey::new([7; KEY_BYTES]);
    let header = Header {
        subject: if input.of_environment {
            Subject::Environment(AccessKeyId::new(input.name))
        } else {
            Subject::Profile(ProfileName::new(input.name))
        },
        kind: Kind::Mfa,
        account: AccountId::new(account),
        arn,
        obtained: input.times[0],
        expires: input.times[1],
        mfa_at: input.mfa_at,
        region,
        endpoint,
        id,
        root: Some(root),
        store: Some(store.clone()),
        stamps: input
            .stamps
            .into_iter()
            .map(|(path, state)| FileStamp {
                path,
                state: state.map(|(mtime, size, inode)| FileState { mtime, size, inode }),
            })
            .collect(),
        inputs: Inputs { endpoint: input_endpoint, master_key, mfa_arn, role, token_file, role_arn },
    };
    let credentials = Credentials {
        access_key_id: "ASIAFUZZ".into(),
        secret_access_key: Secret::new(secret.replace('\n', "")),
        session_token: Secret::new("token"),
    };
    let keyring = input.keyring.map(|(namespace, has_id)| Keyring {
        boot: "boot".to_owned(),
        namespace,
        machine: has_id.then(|| "machine".to_owned()),
    });
    let by = SealedBy { key: &key, store: &store, keyring: keyring.as_ref() };
    let file = seal::seal(&header, &credentials, &by, [9; NONCE_BYTES]);
    if file.len() > seal::MOST_BYTES {
        return;
    }
    let session = SealedSession::parse(file.clone()).expect("what was sealed is a session file");
    assert_eq!(session.header(), &header);
    assert_eq!(session.keyring(), keyring.as_ref());
    let opened = session.open(&key).expect("what was sealed opens");
    assert_eq!(opened.credentials, credentials);
    for (_, format) in Format::ALL {
        let _ = Exports::of(&opened).render(format);
    }
    assert_eq!(process(&opened).lines().count(), 1);

    let (at, bits) = input.change;
    let mut changed = file;
    let at = usize::from(at) % changed.len();
    changed[at] ^= bits;
    let opens = SealedSession::parse(changed).is_ok_and(|session| session.open(&key).is_ok());
    assert_eq!(opens, bits == 0, "byte {at} changed by {bits:#x}");
});
