//! The triggers that want no verdict: an event is acknowledged, and so is one nobody has heard of,
//! because the set of triggers is open.

use super::before_message;

/// The answer to an event that is known.
pub const ACKNOWLEDGED: &[u8] = br#"{"ok":true}"#;

/// What a trigger asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A verdict, before the message is stored.
    BeforeMessage,
    /// Nothing: this happened.
    Event(&'static str),
    /// Not told: a name that is in no table.
    Unknown,
    /// The body names none.
    Missing,
}

impl Trigger {
    /// What the trigger called `name` asks for.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "" => Trigger::Missing,
            before_message::TRIGGER => Trigger::BeforeMessage,
            _ => EVENTS
                .iter()
                .find(|&&event| event == name)
                .map_or(Trigger::Unknown, |event| Trigger::Event(event)),
        }
    }
}

/// Every event that CometChat documents or was seen to send.
pub const EVENTS: &[&str] = &[
    // legacy, beside the receipts below
    "after_message",
    "user_connection_status_change",
    "after_connection_status_changed",
    // messages
    "message_sent",
    "message_edited",
    "message_deleted",
    "message_delivery_receipt",
    "message_read_receipt",
    "message_delivered_to_all",
    "message_read_by_all",
    "message_reaction_added",
    "message_reaction_removed",
    "user_mentioned",
    // users
    "user_blocked",
    "user_unblocked",
    "user_connection_status_changed",
    // groups
    "group_created",
    "group_updated",
    "group_deleted",
    "group_member_added",
    "group_member_joined",
    "group_member_left",
    "group_member_kicked",
    "group_member_banned",
    "group_member_unbanned",
    "group_member_scope_changed",
    "group_owner_transferred",
    // calls
    "call_initiated",
    "call_started",
    "call_participant_joined",
    "call_participant_left",
    "call_ended",
    "call_busy",
    "call_cancelled",
    "call_rejected",
    "call_unanswered",
    // meetings
    "meeting_started",
    "meeting_participant_joined",
    "meeting_participant_left",
    "meeting_ended",
    "recording_generated",
    "transcription_generated",
    // moderation
    "moderation_engine_approved",
    "moderation_engine_blocked",
    "moderation_engine_failed",
    "moderation_manual_approved",
    // campaigns
    "after_campaign_completed",
    "after_campaign_failed",
    "after_notification_created",
    "after_feed_item_sent",
    "after_feed_item_delivered",
    "after_feed_item_read",
    "after_feed_item_interacted",
    "after_push_notification_sent",
    "after_push_notification_delivered",
    "after_push_notification_clicked",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_are_told_apart() {
        assert_eq!(Trigger::named("before_message"), Trigger::BeforeMessage);
        assert_eq!(Trigger::named("message_sent"), Trigger::Event("message_sent"));
        assert_eq!(Trigger::named("Message_Sent"), Trigger::Unknown);
        assert_eq!(Trigger::named(""), Trigger::Missing);
    }

    #[test]
    fn no_event_stands_twice() {
        let mut names = EVENTS.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), EVENTS.len());
    }
}
