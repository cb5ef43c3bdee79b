"""The visits' room: targets, demand, tasks, dispatch, talk, feedback, match score (spec 1)."""
