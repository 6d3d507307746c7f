from rtdreamer.data.clips import CLIPS


def test_the_clips_are_numbered_from_1_to_18():
    assert [clip.number for clip in CLIPS] == list(range(1, 19))


def test_each_target_emotion_is_meant_by_two_clips():
    emotions = [clip.target_emotion for clip in CLIPS]
    assert {emotions.count(emotion) for emotion in emotions} == {2}


def test_ratings_lie_on_the_scale_and_agree_with_the_emotion():
    for clip in CLIPS:
        assert 1 <= clip.valence_mean <= 5
        assert 1 <= clip.arousal_mean <= 5
        if clip.target_emotion in ("happiness", "amusement"):
            assert clip.valence_mean > 3.9
        if clip.target_emotion in ("sadness", "anger", "fear"):
            assert clip.valence_mean < 2.5
        if clip.target_emotion == "calmness":
            assert clip.arousal_mean < 2.5
