"""Unit tests of the host's side, without QEMU: `python3 -m unittest` in this folder."""

import hashlib
import io
import os
import struct
import tempfile
import threading
import time
import unittest

import agent
import control
import guest
import ksm
import steady
from snapshots import SnapshotWriter, fill_of, head_of

PAGE = 4096


def page_of(text):
    return (text * PAGE).encode()[:PAGE]


class Answers(unittest.TestCase):
    TEXT = '27.5 3.0\nMemTotal:  94788 kB\nMemFree: 40 kB\nHugePages_Total: 0\npgpgin 18041\nother 5\n'
    ANSWER = b'OBR1 3 %d\n' % len(TEXT) + b'\1\2\3' + TEXT.encode() + b'E\n'

    def test_length_is_known_from_the_first_line(self):
        self.assertIsNone(agent.answer_length(self.ANSWER[:5]))
        self.assertEqual(agent.answer_length(self.ANSWER[:20]), len(self.ANSWER))
        with self.assertRaisesRegex(RuntimeError, 'the agent answered'):
            agent.answer_length(b'sh: not found\n')

    def test_roles_are_cut_or_filled_to_the_frames_of_the_guest(self):
        self.assertEqual(agent.split_answer(self.ANSWER, 2), (b'\1\2', self.TEXT))
        self.assertEqual(agent.split_answer(self.ANSWER, 5)[0], b'\1\2\3\0\0')

    def test_facts_keep_the_known_lines(self):
        facts = agent.facts_of(self.TEXT)
        self.assertEqual(facts['guestUptime_s'], 27.5)
        self.assertEqual(facts['meminfo_kB'], {'MemTotal': 94788, 'MemFree': 40})
        self.assertEqual(facts['vmstat'], {'pgpgin': 18041})

    def test_flags_are_complete_with_their_last_byte_only(self):
        answer = b'OBPI1\nS kpageflags 8\n' + b'E\n\0\0\0\0\0\0' + b'S kpageflags2 8\n' + bytes(8) + b'E\n'
        for length in range(len(answer)):
            self.assertFalse(agent.flags_complete(answer[:length]), length)
        self.assertTrue(agent.flags_complete(answer))

    def test_an_answer_may_come_in_pieces(self):
        class Channel:
            def __init__(self, answer):
                self.pieces = [answer[at : at + 7] for at in range(0, len(answer), 7)]
                self.sent = b''

            def sendall(self, data):
                self.sent += data

            def recv(self, _room):
                return self.pieces.pop(0) if self.pieces else b''

        channel = Channel(self.ANSWER)
        self.assertEqual(agent.Agent(channel).roles(3), (b'\1\2\3', self.TEXT))
        self.assertEqual(channel.sent, b'role\n')
        with self.assertRaisesRegex(RuntimeError, 'gone'):
            agent.Agent(Channel(self.ANSWER[:9])).roles(3)


class Snapshots(unittest.TestCase):
    def test_fill_classes(self):
        self.assertEqual([fill_of(bytes(PAGE)), fill_of(page_of('12345678')), fill_of(page_of('123'))], [1, 2, 0])

    def test_only_changes_are_written(self):
        out = io.BytesIO()
        writer = SnapshotWriter(out, 9, len)
        first = writer.write(bytes(9 * PAGE), bytes(9))
        self.assertEqual(first, {'changedPages': 0, 'memSha256': hashlib.sha256(bytes(9 * PAGE)).hexdigest()})
        self.assertEqual(out.getvalue(), bytes(2 + 9))
        memory = bytes(PAGE) + page_of('x1') + bytes(6 * PAGE) + page_of('y')
        self.assertEqual(writer.write(memory, bytes(range(9)))['changedPages'], 2)
        second = out.getvalue()[11:]
        self.assertEqual(second[:2], bytes([1 << 1, 1]))
        self.assertEqual(second[2:10], hashlib.sha256(page_of('x1')).digest()[:8])
        self.assertEqual(struct.unpack('<2H2B', second[18:24]), (PAGE, PAGE, 2, 2))
        self.assertEqual(second[24:], bytes(range(9)))
        self.assertEqual(writer.write(memory, bytes(range(9)))['changedPages'], 0)
        self.assertEqual(out.getvalue()[11 + len(second) :], bytes(2 + 9))

    def test_memory_of_another_size_is_refused(self):
        writer = SnapshotWriter(io.BytesIO(), 9, len)
        with self.assertRaises(ValueError):
            writer.write(bytes(8 * PAGE), bytes(9))
        with self.assertRaises(ValueError):
            writer.write(bytes(9 * PAGE), bytes(8))

    def test_head(self):
        self.assertEqual(
            head_of('x', 9, 2), b'{"format": "OBS1", "name": "x", "pages": 9, "pageSize": 4096, "snapshots": 2}\n'
        )


class Cuts(unittest.TestCase):
    """The plugin's part is played by a thread that writes the same page."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.page = control.Control(os.path.join(self.folder.name, 'control'))
        self.page._put(control.INSTRUCTIONS, 500)
        self.page._put(control.INTERVALS, 3)

    def tearDown(self):
        self.folder.cleanup()

    def play(self, instructions, intervals):
        def plugin():
            time.sleep(0.02)
            self.page._put(control.CUT_INSTRUCTIONS, instructions)
            self.page._put(control.CUT_INTERVALS, intervals)
            self.page._put(control.CUT_GUEST_NS, 7_500_000)
            self.page._put(control.CUT_DONE, self.page._get(control.CUT_WANTED))

        return lambda: threading.Thread(target=plugin).start()

    def test_a_cut_says_where_it_is(self):
        self.assertEqual(
            self.page.cut(self.play(500, 4)), {'afterIntervals': 4, 'instructions': 500, 'guestMs': 7}
        )

    def test_a_guest_that_ran_on_is_refused(self):
        with self.assertRaisesRegex(RuntimeError, 'ran between'):
            self.page.cut(self.play(501, 4))
        with self.assertRaisesRegex(RuntimeError, 'ran between'):
            self.page.cut(self.play(500, 5))

    def test_a_plugin_that_does_not_answer_is_noticed(self):
        with self.assertRaisesRegex(RuntimeError, 'did not cut'):
            self.page.cut(lambda: None, wait_s=0.05)


    def test_a_held_guest_is_seen_and_let_go(self):
        self.page.hold_at(1500)
        self.assertEqual(self.page._get(control.HOLD_AT_NS), 1_500_000_000)
        self.assertFalse(self.page.held())
        self.page._put(control.HELD, 1)
        self.assertTrue(self.page.held())
        self.page.run_on()
        self.assertEqual(self.page._get(control.HOLD_AT_NS), control.NEVER)

    def test_the_plugin_never_sees_half_a_word(self):
        """A word is written at once: struct.pack_into would clear it first, and the guest would stand for nothing."""
        seen = set()
        words = memoryview(self.page._words)
        done = threading.Event()

        def plugin():
            while not done.is_set():
                seen.add(words[control.HOLD_AT_NS])

        watcher = threading.Thread(target=plugin)
        watcher.start()
        for _ in range(20_000):
            self.page.hold_at(9_000)
            self.page.run_on()
        done.set()
        watcher.join()
        self.assertLessEqual(seen, {9_000_000_000, control.NEVER})


class Steady(unittest.TestCase):
    def test_the_first_line_counts_the_rows(self):
        line, rows = steady.steady_file('x', 9, bytes(40)).split(b'\n', 1)
        self.assertEqual(line, b'{"format":"OBC1","name":"x","pages":9,"steadyMs":1000,"rows":2}')
        self.assertEqual(rows, bytes(40))

    def test_half_a_row_is_refused(self):
        with self.assertRaises(ValueError):
            steady.steady_file('x', 9, bytes(39))


class KsmSettings(unittest.TestCase):
    def test_a_choice_is_the_one_in_brackets(self):
        self.assertEqual(ksm.chosen('always [madvise] never\n'), 'madvise')
        self.assertEqual(ksm.chosen('256\n'), '256')

    def test_this_process_offers_ksmd_nothing(self):
        self.assertFalse(ksm.is_mergeable(str(os.getpid())))
        self.assertFalse(ksm.is_mergeable('0'))


class Consoles(unittest.TestCase):
    def test_phases(self):
        text = 'boot\r\nOVERBOOK-PHASE idle 26.66\r\nnoise OVERBOOK-PHASE build-1 40.1\r\nOVERBOOK-PHASE cut 4'
        self.assertEqual(guest.phases_of(text), [('idle', 26.66), ('build-1', 40.1)])


if __name__ == '__main__':
    unittest.main()
