
from mailward.main.demo.sending import send, Trip
class Connections:
    def __init__(self, hostname): self.h=hostname
    async def send(self, host, port, sender, recipients, raw, utf8=False):
        o = await send(host, port, Trip(sender=sender, recipients=tuple(recipients), mail=raw, helo=self.h, source=""))
        return {r: o.reply for r in recipients}
