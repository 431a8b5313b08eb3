"""Which questions stand on a page together, form by form: one topic to a page.

This file is a table, and says where each form stands among the steps of a case. A test holds it to
the declarations: every question of every form stands on exactly one page. It refuses to know how a
page looks and what is said on it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from client.case import (
    ConsentInput,
    PartName,
    PlaceAnswerInput,
    PlaceInquiryInput,
    PoliceRequestInput,
)


def _page(topic: str, *fields: str) -> tuple[str, tuple[str, ...]]:
    return topic, tuple(name for row in fields for name in row.split())


_P = PartName
PAGES: Final[Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]] = MappingProxyType(
    {
        _P.MOVE_ASSESSMENT: (
            _page(
                "necessary",
                "threat_says_not_safe_here necessary necessary_why alternatives_tried",
            ),
            _page("appropriate", "appropriate appropriate_why cost_of_not_moving"),
            _page("burden", "burden_adult burden_children burden_helpers"),
            _page("before", "move_number why_previous_failed emergency"),
        ),
        _P.JOINT_ASSESSMENT: (
            _page("user", "user_view user_wishes_place user_refuses_place"),
            _page("centre", "centre_view centre_role centre_at"),
            _page(
                "police",
                "home_police_view home_police_district home_police_ref home_police_at",
            ),
            _page("agreed", "agreed disagreement"),
        ),
        _P.DESTINATION_ASSESSMENT: (
            _page(
                "police",
                "centre_id police_district_id dest_police_contacted_at contact_role",
                "channel own_district_answer dest_police_view",
            ),
            _page("links", "perp_links_to_area user_links_to_area community_exposure"),
            _page(
                "fits",
                "distance_ok transport_risk centre_fits rejected_alternatives",
                "conclusion decided_by",
            ),
        ),
        _P.PERSON: (
            _page("name", "call_name full_name birth_year gender_self pronoun"),
            _page("language", "languages reads interpreter_need interpreter_avoid"),
            _page(
                "contact",
                "safe_contact unsafe_contacts trusted_person",
                "trusted_person_may_be_contacted population_register_protection",
            ),
            _page("wishes", "looks_out_for"),
        ),
        _P.THREAT: (
            _page("who", "perpetrators"),
            _page("knows", "knows_user_left knows_centre"),
            _page("danger", "overall_level worst_fear threats_made escalation indicators"),
            _page("background", "violence_types honour_related violence_history_short"),
            _page("tools", "risk_tool risk_tool_result_by_police change_triggers"),
        ),
        _P.PROTECTION: (
            _page("orders", "restraining_order electronic_control contact_ban"),
            _page("alarm", "mobile_alarm address_block agreed_emergency_word"),
            _page("case", "criminal_case custody_status_perp barnevern_involved"),
            _page("call", "police_contact_role who_to_call_if"),
        ),
        _P.SAFETY_PLAN: (
            _page("rules", "rules_out rules_phone photo_ban visits_allowed no_go_places"),
            _page("traces", "work_study money_trail court_dates"),
            _page("found", "if_found"),
        ),
        _P.DIGITAL_SAFETY: (
            _page(
                "phone",
                "phone_owner_plan phone_new location_services find_my stalkerware",
                "shared_sim_calls ai_voice",
            ),
            _page(
                "accounts",
                "family_sharing cloud_account email_accounts social_media",
                "messaging_linked passwords_changed two_factor photos_metadata",
                "work_school_accounts",
            ),
            _page("public", "bankid_id bank_shared nav_mail helsenorge school_apps"),
            _page(
                "things",
                "children_phones children_games toys_bags_tags car_tracker smart_home",
                "wearables",
            ),
            _page(
                "journey",
                "loyalty_delivery transport_accounts wifi_autojoin first_days",
                "hospital_letters",
            ),
            _page(
                "review",
                "user_skill perp_skill review_before review_at_arrival recheck_date",
                "note",
            ),
        ),
        _P.CHILD: (
            _page(
                "who",
                "call_name age languages interpreter comes_along where_now",
                "move_count_child",
            ),
            _page(
                "safety",
                "threat_child pickup_list never_pickup must_not_reach safety_plan_child",
                "secret_rules",
            ),
            _page("law", "parental_responsibility contact_orders barnevern_contact"),
            _page("heard", "heard_by heard_at own_words burden told_what told_when prepared"),
            _page("friends", "friends_kept farewell belongings"),
            _page("school", "school new_school_plan"),
            _page("health", "health_needs"),
            _page("digital", "digital"),
            _page("arrival", "contact_person_new"),
        ),
        _P.HEALTH_ACCESS: (
            _page("health", "medication_due_72h allergy pregnancy support_agreed"),
            _page("access", "mobility hearing vision cognition assistance equipment_to_bring"),
        ),
        _P.PRACTICAL: (
            _page(
                "papers",
                "documents_held documents_left money_for_days clothes keys car_parked",
            ),
            _page("life", "nav_contact lawyer job_study housing_goal animals"),
        ),
        _P.RESIDENCE: (_page("residence", "status deadlines lawyer authority_contact"),),
        _P.TRAFFICKING: (
            _page(
                "trafficking",
                "recruiter_threat debts documents_held kom_contact rosa_contact",
                "reflection_period",
            ),
        ),
        _P.HISTORY: (_page("stays", "stays"),),
        _P.FOLLOW_UP: (_page("services", "barnevern doctor psychologist counsel dates"),),
        _P.JOURNEY: (
            _page("way", "driver route_risk phone person_is_told"),
            _page("arrival", "arrival_from arrival_until meeting_point if_not_arrived"),
        ),
        _P.ATTACHMENT: (
            _page("file", "type belongs_to consent_part file description source as_of"),
        ),
        _P.SENDER: (_page("sender", "centre unit role call_back"),),
        _P.VALIDITY: (_page("days", "situation_as_of expires"),),
        PlaceInquiryInput.WORD: (
            _page("who", "adults_count children_ages pets"),
            _page("place", "unit separate_unit_wanted access_needs interpreter_languages"),
            _page("when", "from_when nights_est night_arrival"),
            _page("talk", "avoid_area_code callback_via"),
        ),
        PlaceAnswerInput.WORD: (
            _page("answer", "value first"),
            _page("no", "reasons suggest"),
        ),
        ConsentInput.WORD: (
            _page(
                "told",
                "informed_in_language interpreter_used informed_benefits informed_rights",
                "informed_no_consequence",
            ),
            _page("answer", "decision parts recipient_centre release ends_on"),
            _page("given", "given_by given_at form"),
            _page("children", "children"),
            _page("police", "police_contact_consent"),
            _page("basis", "confidentiality_basis processing_basis not_asked_reason note"),
            _page("back", "withdrawn_at withdrawn_parts withdrawn_by"),
        ),
        PoliceRequestInput.WORD: (
            _page("basis", "police_basis move_in_consultation_with_police"),
            _page("told", "user_told user_told_why_not user_objects"),
            _page("lines", "lines"),
        ),
    }
)
"""The topics of each form, in order, and the questions of each topic."""
STEPS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "web.steps.person": (_P.PERSON, _P.THREAT, _P.PROTECTION, _P.SAFETY_PLAN, _P.CHILD),
        "web.steps.move": (
            *(_P.MOVE_ASSESSMENT, _P.JOINT_ASSESSMENT, PlaceInquiryInput.WORD),
            *(_P.DESTINATION_ASSESSMENT, _P.JOURNEY, _P.DIGITAL_SAFETY),
        ),
        "web.steps.more": (
            *(_P.HEALTH_ACCESS, _P.PRACTICAL, _P.HISTORY, _P.FOLLOW_UP, _P.RESIDENCE),
            *(_P.TRAFFICKING, _P.ATTACHMENT, _P.SENDER, _P.VALIDITY),
        ),
        "web.steps.police": (PoliceRequestInput.WORD,),
    }
)
"""The headings of the overview, and the forms under each."""
