"""Which request is next."""

from threading import Thread

from newsroom.fetching.schedule import Job, Schedule
from newsroom.fetching.targets import parse_target

LONG = 3600.0


def jobs(*hosts):
    return [Job(number, parse_target(f"http://{host}.example/{number}"), 1.0) for number, host in enumerate(hosts)]


def positions(schedule, number):
    """Take this many jobs without finishing them."""
    return [schedule.take().position for _number in range(number)]


def test_in_the_order_of_priority_but_one_job_of_a_host_at_a_time():
    schedule = Schedule(jobs("a", "a", "b", "a", "c", "b"))
    assert positions(schedule, 3) == [0, 2, 4]
    assert schedule.ready == schedule.waiting == []


def test_a_host_continues_when_its_job_is_done():
    schedule = Schedule(jobs("a", "b", "a"))
    first, _second = schedule.take(), schedule.take()
    schedule.finish(first, 0)
    assert schedule.take().position == 2


def test_a_host_that_pauses_is_passed_over():
    schedule = Schedule(jobs("a", "a", "b", "b"))
    schedule.finish(schedule.take(), LONG)
    second = schedule.take()
    assert second.position == 2
    schedule.finish(second, 0)
    assert schedule.take().position == 3


def test_a_job_that_is_put_back_is_the_next_of_its_host():
    schedule = Schedule(jobs("a", "a"))
    schedule.put_back(schedule.take(), 0)
    assert schedule.take().position == 0


def test_nothing_is_left():
    schedule = Schedule(jobs("a", "b"))
    for job in [schedule.take(), schedule.take()]:
        schedule.finish(job, LONG)
    assert schedule.take() is None
    assert Schedule([]).take() is None


def test_all_jobs_of_a_host_can_be_finished_at_once():
    schedule = Schedule(jobs("a", "b", "a", "a"))
    assert [job.position for job in schedule.finish_host(schedule.take())] == [0, 2, 3]
    last = schedule.take()
    assert last.position == 1
    schedule.finish(last, 0)
    assert schedule.take() is None


def test_a_redirect_to_an_idle_host():
    schedule = Schedule(jobs("a", "a"))
    first = schedule.take()
    schedule.redirect(first, parse_target("http://b.example/"), LONG)
    following = schedule.take()
    assert (following.position, following.host, following.redirects) == (0, "b.example", 1)
    assert following.seconds_left == first.seconds_left
    schedule.finish(following, 0)
    assert schedule.unfinished == 1


def test_a_redirect_to_a_busy_host_waits_for_it():
    schedule = Schedule(jobs("a", "b"))
    first, second = schedule.take(), schedule.take()
    schedule.redirect(first, parse_target("http://b.example/"), 0)
    assert schedule.ready == schedule.waiting == []
    schedule.finish(second, 0)
    assert (schedule.take().position, schedule.unfinished) == (0, 1)


def test_a_redirect_to_the_same_host():
    schedule = Schedule(jobs("a", "a"))
    schedule.redirect(schedule.take(), parse_target("http://a.example/there"), 0)
    job = schedule.take()
    assert (job.position, job.target.path) == (0, "/there")
    assert schedule.ready == schedule.waiting == []


def test_a_waiting_worker_notices_that_all_is_done_or_stopped():
    for end in (lambda schedule, job: schedule.finish(job, 0), lambda schedule, _job: schedule.stop()):
        schedule = Schedule(jobs("a"))
        job, results = schedule.take(), []
        worker = Thread(target=lambda schedule, results: results.append(schedule.take()), args=(schedule, results))
        worker.start()
        end(schedule, job)
        worker.join()
        assert results == [None]
