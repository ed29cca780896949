import unittest

from meaning import meaning


class Meaning(unittest.TestCase):
    def test_yes_is_yes_and_no_is_no(self):
        self.assertEqual([meaning(answer) for answer in ("yes", "no", "YES!")], ["GRANTED", "DENIED", "PENDING"])
