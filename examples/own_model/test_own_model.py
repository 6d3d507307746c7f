from own_model import OWN

from rtdreamer.model.contract import check_architecture


def test_it_keeps_the_contract():
    check_architecture(OWN)
