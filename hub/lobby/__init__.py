"""The lobby's room: tickets. Thin for now; queue rules and calling come with the kiosk."""
