
from mailward.main.demo.sending import send, Trip
class Destination:
    def __init__(self, host, port): self.host, self.port = host, port
async def send_mail(d, sender, recipients, raw):
    o = await send(d.host, d.port, Trip(sender=sender, recipients=tuple(recipients), mail=raw, helo="x", source=""))
    return {r: o.reply for r in recipients}
