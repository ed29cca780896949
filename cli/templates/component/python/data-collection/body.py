"""What is sent of an event. On its own, so that it is tested without a host."""


def body(kind, name, event):
    return {
        "type": kind,
        "id": event.uuid,
        "at": event.timestamp_millis,
        "visitor": event.context.user.edgee_id,
        "name": name,
        "url": event.context.page.url,
    }
