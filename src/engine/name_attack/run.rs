//! An attack from the first check to the report.

use std::pin::pin;

use super::{
    Attack, AttackResult, Config, MAX_FORGED, MAX_FORGED_IN_ALL, MAX_ID_BITS, MAX_PORT_BITS, MAX_TRIALS, NameAttack,
    Report, amplification, attacker::AttackScene, error::AttackError, flood, interception, poisoning,
};
use crate::{
    engine::{
        context::{Context, group_ends},
        experiment::Experiment as _,
    },
    lab::Lab,
    wire::{FlowHandle, FlowKind},
};

/// Tries the attack. That it fails is a result.
pub(super) async fn run(config: &Config, context: &Context) -> Report {
    let clock = context.clock();
    let title = format!("attack: {}", config.attack.name());
    let whole = context.recorder.open(None, FlowKind::Run, title, group_ends("the name system"), clock.now());
    let (found, failure) = {
        let work = pin!(async { carry_out(config, context, &whole).await.map_err(|error| error.failure()) });
        context.carry_out(work).await
    };
    context.end(&whole, failure.as_ref());
    Report {
        experiment: NameAttack::NAME.to_owned(),
        config: config.clone(),
        provenance: context.provenance.clone(),
        flow: whole.id(),
        found,
        failure,
    }
}

async fn carry_out(config: &Config, context: &Context, whole: &FlowHandle) -> Result<AttackResult, AttackError> {
    let lab: &Lab = context.lab.as_ref().ok_or(AttackError::NoLab)?;
    check(config)?;
    let scene = AttackScene::new(lab)?;
    Ok(match &config.attack {
        Attack::Poisoning(attack) => {
            AttackResult::Poisoning(Box::new(poisoning::run(attack, config, context, &scene, whole).await?))
        }
        Attack::Interception(attack) => {
            AttackResult::Interception(interception::run(attack, config, context, &scene, whole).await?)
        }
        Attack::Amplification(attack) => {
            AttackResult::Amplification(amplification::run(attack, config, context, &scene).await?)
        }
        Attack::Flood(attack) => AttackResult::Flood(flood::run(attack, config, context, &scene).await?),
    })
}

fn check(config: &Config) -> Result<(), AttackError> {
    let within = |what, value: u64, least: u64, most: u64| {
        if (least..=most).contains(&value) { Ok(()) } else { Err(AttackError::OutOfRange { what, least, most }) }
    };
    within("the number of trials", config.trials.into(), 1, MAX_TRIALS.into())?;
    let bits = |id: u32, port: u32| {
        within("the number of an id's random bits", id.into(), 0, MAX_ID_BITS.into())?;
        within("the number of a port's random bits", port.into(), 0, MAX_PORT_BITS.into())
    };
    match &config.attack {
        Attack::Poisoning(poisoning) => {
            bits(poisoning.id_bits, poisoning.port_bits)?;
            within("the number of forged answers", poisoning.forged.into(), 1, MAX_FORGED.into())?;
            let (trials, forged) = (config.trials, poisoning.forged);
            let in_all = u64::from(trials) * u64::from(forged);
            if in_all > MAX_FORGED_IN_ALL { Err(AttackError::TooManyForged { trials, forged }) } else { Ok(()) }
        }
        Attack::Interception(interception) => bits(interception.id_bits, interception.port_bits),
        Attack::Amplification(_) => Ok(()),
        Attack::Flood(flood) => {
            let fits = (0.0..=3.0).contains(&flood.alpha);
            let alpha = AttackError::OutOfRange { what: "the exponent of popularity", least: 0, most: 3 };
            if !fits {
                return Err(alpha);
            }
            let hours = AttackError::OutOfRange { what: "the cache's age in hours", least: 0, most: 168 };
            if (0.0..=168.0).contains(&flood.age_hours) { Ok(()) } else { Err(hours) }
        }
    }
}
