"""What an answer means. On its own, so that it is tested without a host."""


def meaning(answer):
    return {"yes": "GRANTED", "no": "DENIED"}.get(answer, "PENDING")
