import unittest
from types import SimpleNamespace as Some

from body import body


class Body(unittest.TestCase):
    def test_it_says_what_happened_where(self):
        context = Some(user=Some(edgee_id="v"), page=Some(url="https://shop.example/"))
        sent = body("track", "purchase", Some(uuid="i", timestamp_millis=7, context=context))
        self.assertEqual((sent["type"], sent["name"], sent["url"]), ("track", "purchase", "https://shop.example/"))
