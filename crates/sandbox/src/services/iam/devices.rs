//! The operations on MFA devices: list, enroll, resynchronize and remove.

use super::elements;
use super::parameters::required;
use super::reply::{done, list, respond};
use super::subject::{account, account_mut, missing, permitted_subject};
use crate::clock;
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::encoding::{base32, base64};
use crate::world::Device;
use crate::world::fixture::DeviceKind;
use crate::world::id;

/// AWS's quota of devices per user.
const MAX_DEVICES: usize = 8;
/// The number of steps by which the later of two codes may be off when a device is enabled.
const ENABLE_REACH: i64 = 1;
/// The number of steps that are searched when a device is resynchronized, which is for devices whose clock has drifted.
const RESYNC_REACH: i64 = 20;

pub(super) fn list_mfa_devices(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let user = permitted_subject(exchange, "iam:ListMFADevices")?;
    let mut devices: Vec<&Device> =
        account(exchange).devices.values().filter(|device| device.user.as_ref() == Some(&user)).collect();
    devices.sort_by_key(|device| device.order);
    Ok(respond(exchange, "ListMFADevices", |xml| {
        list(xml, "MFADevices", devices, |xml, device| {
            xml.leaf("UserName", &user)
                .leaf("SerialNumber", &device.serial)
                .leaf("EnableDate", clock::iso(device.enabled));
        });
    }))
}

pub(super) fn list_virtual_mfa_devices(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let account = account(exchange);
    exchange.authorize("iam:ListVirtualMFADevices", &account.arn("mfa", ""))?;
    let wanted = exchange.form.given("AssignmentStatus").unwrap_or("Any");
    let devices = account.devices.values().filter(|device| {
        device.kind == DeviceKind::Virtual
            && match wanted {
                "Assigned" => device.user.is_some(),
                "Unassigned" => device.user.is_none(),
                _ => true,
            }
    });
    Ok(respond(exchange, "ListVirtualMFADevices", |xml| {
        list(xml, "VirtualMFADevices", devices, |xml, device| {
            xml.leaf("SerialNumber", &device.serial);
            if let Some(user) = device.user.as_ref().and_then(|name| account.users.get(name)) {
                xml.leaf("EnableDate", clock::iso(device.enabled));
                xml.nest("User", |xml| elements::user(xml, account, user));
            }
        });
    }))
}

pub(super) fn create_virtual_mfa_device(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let name = required(exchange, "VirtualMFADeviceName")?;
    let path = exchange.form.given("Path").unwrap_or("/");
    let serial = account(exchange).arn("mfa", &format!("{}{name}", path.trim_start_matches('/')));
    exchange.authorize("iam:CreateVirtualMFADevice", &serial)?;
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte)) {
        return Err(Refusal::validation(
            "The specified value for virtualMFADeviceName is invalid. It must contain only alphanumeric characters \
             and/or the following: +=,.@_-",
        ));
    }
    if account(exchange).devices.contains_key(&serial) {
        return Err(Refusal::new(
            409,
            "EntityAlreadyExists",
            "MFADevice entity at the same path and name already exists.",
        ));
    }
    let seed = id::seed();
    // AWS sends the base32 text as a binary member, hence in base64. It also sends a QR code of
    // the same, as a picture; the sandbox does not.
    let shown = base64(base32(&seed).as_bytes());
    let account = account_mut(exchange);
    let order = account.devices.values().map(|device| device.order + 1).max().unwrap_or(0);
    account.devices.insert(serial.clone(), Device::unassigned(serial.clone(), seed, order));
    Ok(respond(exchange, "CreateVirtualMFADevice", |xml| {
        xml.nest("VirtualMFADevice", |xml| {
            xml.leaf("SerialNumber", &serial).leaf("Base32StringSeed", shown);
        });
    }))
}

pub(super) fn delete_virtual_mfa_device(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let serial = required(exchange, "SerialNumber")?.to_owned();
    exchange.authorize("iam:DeleteVirtualMFADevice", &serial)?;
    let account = account_mut(exchange);
    match account.devices.get(&serial) {
        None => return Err(no_device(&serial)),
        Some(device) if device.user.is_some() => {
            return Err(Refusal::new(
                409,
                "DeleteConflict",
                "MFA VirtualDevice in use. Must deactivate first.",
            ));
        }
        Some(_) => account.devices.remove(&serial),
    };
    Ok(done(exchange, "DeleteVirtualMFADevice"))
}

/// Returns the serial number and the two consecutive codes of a request to enable or resynchronize.
fn pair(exchange: &Exchange) -> Result<(String, String, String), Refusal> {
    let field = |name| required(exchange, name).map(str::to_owned);
    Ok((field("SerialNumber")?, field("AuthenticationCode1")?, field("AuthenticationCode2")?))
}

pub(super) fn enable_mfa_device(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let user = permitted_subject(exchange, "iam:EnableMFADevice")?;
    let (serial, first, second) = pair(exchange)?;
    let now = exchange.now;
    let account = account_mut(exchange);
    let owned = account.devices.values().filter(|device| device.user.as_ref() == Some(&user)).count();
    let device = account.devices.get_mut(&serial).ok_or_else(|| no_device(&serial))?;
    if device.user.is_some() {
        return Err(Refusal::new(409, "EntityAlreadyExists", "MFA Device is already in use."));
    }
    if owned >= MAX_DEVICES {
        return Err(Refusal::new(
            409,
            "LimitExceeded",
            format!("Cannot exceed quota for MFADevicesPerUser: {MAX_DEVICES}"),
        ));
    }
    if !device.spend_pair(&first, &second, now, ENABLE_REACH) {
        return Err(invalid_codes());
    }
    device.user = Some(user);
    device.enabled = now;
    Ok(done(exchange, "EnableMFADevice"))
}

pub(super) fn resync_mfa_device(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let user = permitted_subject(exchange, "iam:ResyncMFADevice")?;
    let (serial, first, second) = pair(exchange)?;
    let now = exchange.now;
    let device = owned_device(exchange, &serial, &user)?;
    if !device.spend_pair(&first, &second, now, RESYNC_REACH) {
        return Err(invalid_codes());
    }
    Ok(done(exchange, "ResyncMFADevice"))
}

pub(super) fn deactivate_mfa_device(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let user = permitted_subject(exchange, "iam:DeactivateMFADevice")?;
    let serial = required(exchange, "SerialNumber")?.to_owned();
    let device = owned_device(exchange, &serial, &user)?;
    device.user = None;
    if device.kind != DeviceKind::Virtual {
        // Only virtual devices still exist after that.
        account_mut(exchange).devices.remove(&serial);
    }
    Ok(done(exchange, "DeactivateMFADevice"))
}

fn owned_device<'a>(exchange: &'a mut Exchange, serial: &str, user: &str) -> Result<&'a mut Device, Refusal> {
    let found = account_mut(exchange).devices.get_mut(serial);
    found
        .filter(|device| device.user.as_deref() == Some(user))
        .ok_or_else(|| missing("MFA Device invalid for user."))
}

fn no_device(serial: &str) -> Refusal {
    missing(format!("VirtualMFADevice with serial number {serial} does not exist."))
}

fn invalid_codes() -> Refusal {
    Refusal::new(403, "InvalidAuthenticationCode", "Authentication code for device is not valid.")
}
