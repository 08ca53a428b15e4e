"""The list of topics in the order of their tree: parents before children, across all pages."""

from django.contrib.admin.views.main import ORDER_VAR
from unfold.views import ChangeList

from articles.topic_tree import places


class TopicList(ChangeList):
    """The list as a tree, unless it is sorted; topics that a search finds show their path. Two queries."""

    def get_results(self, request):
        tree = places()
        is_whole = not self.query and not self.get_filters_params()
        if request.GET.get(ORDER_VAR):
            super().get_results(request)
            is_whole = False
        else:
            self.paginate_tree(request, tree, is_whole)
        for topic in self.result_list:
            place = tree.get(topic.pk)
            topic.depth = place.depth if place and is_whole else 0
            topic.path = place.path if place and place.above and not is_whole else ""

    def paginate_tree(self, request, tree, is_whole):
        """Select the keys of the page in the order of the tree, and load its rows alone."""
        matches = None if is_whole else set(self.queryset.order_by().values_list("pk", flat=True))
        keys = [key for key in tree if matches is None or key in matches]
        paginator = self.model_admin.get_paginator(request, keys, self.list_per_page)
        page_keys = list(paginator.get_page(self.page_num).object_list)
        rows = self.queryset.in_bulk(page_keys) if page_keys else {}
        self.result_list = [rows[key] for key in page_keys if key in rows]
        self.result_count = self.full_result_count = len(keys) if is_whole else paginator.count
        self.full_result_count = len(tree)
        self.show_full_result_count = self.model_admin.show_full_result_count
        self.show_admin_actions = bool(tree)
        self.can_show_all, self.multi_page = False, paginator.num_pages > 1
        self.paginator = paginator
